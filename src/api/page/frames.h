#pragma once

namespace gyre::page {

// Who may show the page in a frame. Nobody, unless it is told otherwise: a foreign page could lead clicks astray.
enum class Frames { none, same_origin, any };

}  // namespace gyre::page
