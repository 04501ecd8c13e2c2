"""The version of the whole of Gyre: CMakeLists.txt has the same."""

VERSION = "0.1.0"
