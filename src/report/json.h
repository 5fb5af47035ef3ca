#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace weft {
struct EpochRecord;
}

namespace weft::report {

/// Writes JSON (RFC 8259) piece by piece; commas and escapes are its business.
class JsonWriter {
 public:
  JsonWriter& begin_object() { return open('{'); }
  JsonWriter& end_object() { return close('}'); }
  JsonWriter& begin_array() { return open('['); }
  JsonWriter& end_array() { return close(']'); }
  /// The name of the member whose value comes next.
  JsonWriter& key(std::string_view name);
  /// Seven digits; null unless finite.
  JsonWriter& number(double value);
  JsonWriter& integer(std::int64_t value);
  JsonWriter& text(std::string_view value);

  JsonWriter& member(std::string_view name, double value) {
    return key(name).number(value);
  }
  JsonWriter& member(std::string_view name, std::int64_t value) {
    return key(name).integer(value);
  }
  JsonWriter& member(std::string_view name, std::string_view value) {
    return key(name).text(value);
  }
  /// An array with what `write` writes for each of the items.
  template <class Items, class Write>
  JsonWriter& list(std::string_view name, const Items& items, Write write) {
    key(name).begin_array();
    for (const auto& item : items) write(item);
    return end_array();
  }

  const std::string& str() const { return out_; }

 private:
  JsonWriter& open(char bracket);
  JsonWriter& close(char bracket);
  void separate();

  std::string out_;
  bool first_ = true;  ///< nothing stands before the next value
};

/// RFC 4648, for images.
std::string base64(const std::vector<std::uint8_t>& bytes);

/// The members of an epoch, in the object that is open.
JsonWriter& add_epoch(JsonWriter& j, const EpochRecord& e);

}  // namespace weft::report
