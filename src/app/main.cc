// gyre: one binary for the whole life of a model.
#include "app/cli/command.h"

int main(int argc, char** argv) { return gyre::cli::dispatch(argc, argv); }
