// Names that a misspelt word may have meant.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace gyre {

// Letters to change, add, leave out or swap to make one of the other.
std::size_t spelling_distance(std::string_view a, std::string_view b);
// The three words of `known` nearest to `word`, nearest first, with commas.
std::string nearest(std::string_view word, std::vector<std::string> known);
// "did you mean 'prepare'?" with the nearest of `known`, or all of them where none is near: the remedy of a name that is unknown.
std::string did_you_mean(std::string_view word, std::vector<std::string> known);

}  // namespace gyre
