#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

namespace weft::fuzz {

using Sections = std::vector<std::pair<std::string, std::string>>;

/// The sections of Weft's container as far as they are there; no checksum is
/// looked at.
Sections unpack(const std::string& file);
/// A sound container of these sections (src/io/file/FORMAT.md).
std::string pack(const Sections& sections);

/// Changes one section and makes a sound container of them, or changes the
/// file as it is: what LLVMFuzzerCustomMutator does to Weft's files.
std::size_t mutate_container(std::uint8_t* data, std::size_t size,
                             std::size_t most, unsigned seed);

}  // namespace weft::fuzz
