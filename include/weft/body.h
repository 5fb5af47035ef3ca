#pragma once

#include <memory>
#include <string>
#include <utility>

namespace weft {

struct BodyContent;

/// A computation that an op carries as an attribute: what a scan does at each
/// step, a branch of a cond. Immutable, and shared by copies. Made by the
/// functions of subgraph.h.
class Body {
 public:
  Body() = default;
  explicit Body(std::shared_ptr<const BodyContent> content)
      : content_(std::move(content)) {}

  explicit operator bool() const { return content_ != nullptr; }
  const BodyContent& operator*() const { return *content_; }
  const BodyContent* operator->() const { return content_.get(); }

  /// The same ops, attributes and constants, connected in the same way.
  friend bool operator==(const Body& a, const Body& b);

 private:
  std::shared_ptr<const BodyContent> content_;
};

/// "{12 nodes}".
std::string to_string(const Body& body);

}  // namespace weft
