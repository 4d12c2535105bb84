// Book digests: the builder and the text file of one day's digests.
#pragma once

#include <lln/feed/digest_builder.hpp>
#include <lln/feed/digest_file.hpp>
