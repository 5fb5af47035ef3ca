#include "weft/manifest.h"

#include <yaml-cpp/yaml.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <fstream>
#include <set>
#include <sstream>

#include "src/core/printable.h"
#include "src/core/suggest.h"
#include "src/train/manifest/keys.h"
#include "weft/error.h"

namespace weft {

namespace {

using detail::ManifestKey;

constexpr std::size_t kMostBytes = 1 << 20;
constexpr int kMostDepth = 100;

[[noreturn]] void fail(std::string_view name, const YAML::Mark& at,
                       const std::string& what) {
  throw DataError(
      "[manifest] " + std::string(name) + ":" + std::to_string(at.line + 1) +
      ":" + std::to_string(at.column + 1) + ": " + detail::printable(what));
}

/// "the text 'x'", "a list", …
std::string described(const YAML::Node& n) {
  if (n.IsSequence()) return "a list";
  if (n.IsMap()) return "a group of keys";
  if (!n.IsScalar() || n.Scalar().empty()) return "nothing";
  std::string text = n.Scalar().substr(0, 40);
  return (n.Tag() == "!" ? "the text '" : "'") + text + "'";
}

/// A number as it is written in an error.
std::string shown(double number) {
  std::ostringstream out;
  out.precision(15);
  out << number;
  return out.str();
}

/// Puts the values of YAML nodes into a manifest.
class Reader {
 public:
  Reader(Manifest& manifest, std::string_view name)
      : manifest_(manifest), name_(name) {}

  void group(const YAML::Node& node, const std::string& prefix) {
    std::set<std::string> seen;
    for (const auto& entry : node) {
      const YAML::Node &key = entry.first, &value = entry.second;
      if (!key.IsScalar()) {
        fail(name_, key.Mark(), "a key must be a name, not " + described(key));
      }
      const std::string path = prefix + key.Scalar();
      if (!seen.insert(path).second) {
        fail(name_, key.Mark(), "'" + path + "' is given twice; remove one");
      }
      member(path, prefix, key, value);
    }
  }

 private:
  void member(const std::string& path, const std::string& prefix,
              const YAML::Node& key, const YAML::Node& value) {
    std::vector<std::string> siblings;
    bool is_group = false;
    for (const ManifestKey& k : detail::keys()) {
      if (k.path == path) return leaf(k, value);
      is_group = is_group || k.path.starts_with(path + ".");
      if (!k.path.starts_with(prefix)) continue;
      const std::string rest = k.path.substr(prefix.size());
      siblings.push_back(rest.substr(0, rest.find('.')));
    }
    if (!is_group) unknown(path, prefix, key, siblings);
    if (!value.IsMap()) {
      fail(name_, value.IsNull() ? key.Mark() : value.Mark(),
           "'" + path + "' must be a group of keys, not " + described(value));
    }
    group(value, path + ".");
  }

  [[noreturn]] void unknown(const std::string& path, const std::string& prefix,
                            const YAML::Node& key,
                            std::vector<std::string> siblings) {
    std::string hint = detail::suggestion(key.Scalar(), siblings);
    for (const ManifestKey& k : detail::keys()) {
      if (!hint.empty()) break;
      if (k.path.ends_with("." + key.Scalar())) {
        hint = "; did you mean " + k.path + "?";
      }
    }
    if (hint.empty()) {
      const std::set<std::string> unique(siblings.begin(), siblings.end());
      hint = "; " +
             std::string(prefix.empty() ? "a manifest" : "'" + prefix + "'") +
             " has " + detail::listed({unique.begin(), unique.end()});
    }
    fail(name_, key.Mark(),
         "there is no key '" + path.substr(0, 80) + "'" + hint);
  }

  void leaf(const ManifestKey& key, const YAML::Node& value) {
    std::visit([&](auto field) { read(key, value, manifest_.*field); },
               key.field);
  }

  void read(const ManifestKey& key, const YAML::Node& node, std::string& into) {
    if (!node.IsScalar() || node.Scalar().empty()) {
      fail(name_, node.Mark(),
           key.path + " must be a name, not " + described(node));
    }
    into = node.Scalar();
    const auto& names = key.names;
    if (!names.empty() &&
        std::find(names.begin(), names.end(), into) == names.end()) {
      const std::string hint = detail::suggestion(into, names);
      fail(name_, node.Mark(),
           key.path + " is '" + into.substr(0, 80) + "'" +
               (hint.empty() ? "; it must be one of " + detail::listed(names)
                             : hint));
    }
    try {
      if (key.check) into = key.check(into);
    } catch (const Error& e) {
      fail(name_, node.Mark(), key.path + ": " + e.what());
    }
  }

  template <class T>
  requires std::is_arithmetic_v<T>
  void read(const ManifestKey& key, const YAML::Node& node, T& into) {
    const char* kind = std::is_integral_v<T> ? "a whole number" : "a number";
    if (!node.IsScalar() || node.Tag() == "!") {
      fail(name_, node.Mark(),
           key.path + " must be " + kind + ", not " + described(node));
    }
    const std::string& text = node.Scalar();
    double number = 0;
    const auto [end, error] =
        std::from_chars(text.data(), text.data() + text.size(), number);
    const bool whole =
        end == text.data() + text.size() &&
        (error == std::errc() || error == std::errc::result_out_of_range);
    if (!whole || std::isnan(number)) {
      fail(name_, node.Mark(),
           key.path + " must be " + kind + ", not " + described(node));
    }
    if (error != std::errc() || number < key.low || number > key.high) {
      fail(name_, node.Mark(),
           key.path + " is " + text.substr(0, 40) + "; it must be from " +
               shown(key.low) + " to " + shown(key.high));
    }
    if (std::is_integral_v<T> && number != std::floor(number)) {
      fail(name_, node.Mark(),
           key.path + " must be a whole number, not " + described(node));
    }
    into = static_cast<T>(number);
  }

  /// A list, or one value for a list of one.
  template <class T>
  void read(const ManifestKey& key, const YAML::Node& node,
            std::vector<T>& into) {
    into.clear();
    if (!node.IsSequence()) return read(key, node, into.emplace_back());
    if (node.size() > 1000) {
      fail(name_, node.Mark(),
           key.path + " has " + std::to_string(node.size()) +
               " values; 1000 is the most");
    }
    for (const YAML::Node& one : node) read(key, one, into.emplace_back());
  }

  Manifest& manifest_;
  std::string_view name_;
};

/// YAML forbids tabs in indentation, and says so poorly; and it takes memory
/// for every bracket before it refuses some of them.
void check_text(std::string_view text, std::string_view name) {
  YAML::Mark at;
  at.line = 0, at.column = 0;
  if (text.size() > kMostBytes) {
    fail(name, at, "is larger than 1 MiB; that is no manifest");
  }
  bool indent = true, any = false;
  int depth = 0;
  for (char c : text) {
    if (c == '\t' && indent) {
      fail(name, at, "a tab in the indentation; use spaces");
    }
    if (c == '\0') fail(name, at, "a byte of 0; that is no text");
    depth += (c == '[' || c == '{') - (c == ']' || c == '}');
    if (depth > kMostDepth) {
      fail(name, at,
           "is nested more than " + std::to_string(kMostDepth) +
               " deep; that is no manifest");
    }
    indent = c == '\n' || (indent && c == ' ');
    any = any || std::isspace(static_cast<unsigned char>(c)) == 0;
    at.column = c == '\n' ? 0 : at.column + 1;
    at.line += c == '\n' ? 1 : 0;
  }
  at.line = at.column = 0;
  if (!any) fail(name, at, "is empty; it must have keys such as 'network'");
}

/// The parser is asked for one document alone: looking for the next one, it
/// can find empty ones for ever.
void check_one_document(std::string_view text, std::string_view name) {
  YAML::Mark at;
  at.line = at.column = 0;
  bool content = false, ended = false;
  for (; !text.empty(); ++at.line) {
    const std::size_t end = std::min(text.find('\n'), text.size());
    const std::string_view line = text.substr(0, end);
    text.remove_prefix(std::min(end + 1, text.size()));
    const bool marked =
        line.size() < 4 || std::isspace(static_cast<unsigned char>(line[3]));
    const bool begins = marked && line.starts_with("---");
    const std::size_t first = line.find_first_not_of(" \r");
    const bool empty = first == line.npos || line[first] == '#';
    if ((begins && content) || (ended && !empty)) {
      fail(name, at, "has more than one document; remove the lines ---");
    }
    ended = ended || (marked && line.starts_with("..."));
    content = content || begins || (!empty && line[0] != '%');
  }
}

std::string scalar(const std::string& text) {
  const bool plain =
      text.find_first_not_of("abcdefghijklmnopqrstuvwxyz_()0123456789.-") ==
      std::string::npos;
  return plain ? text : "\"" + text + "\"";
}
template <class T>
requires std::is_arithmetic_v<T> std::string scalar(T number) {
  char text[40];
  return {text, std::to_chars(text, text + sizeof text, number).ptr};
}
template <class T>
std::string scalar(const std::vector<T>& list) {
  std::string text;
  for (const T& one : list) text += (text.empty() ? "" : ", ") + scalar(one);
  return "[" + text + "]";
}

}  // namespace

Manifest parse_manifest(std::string_view text, std::string_view name) {
  check_text(text, name);
  check_one_document(text, name);
  Manifest manifest;
  try {
    const YAML::Node document = YAML::Load(std::string(text));
    if (!document.IsMap()) {
      YAML::Mark at;
      at.line = at.column = 0;
      fail(name, at,
           "must consist of keys such as 'network: …', not of " +
               described(document));
    }
    Reader(manifest, name).group(document, "");
  } catch (const YAML::Exception& e) {
    fail(name, e.mark, "is no YAML: " + e.msg);
  }
  try {
    check(manifest);
  } catch (const DataError& e) {
    throw DataError(std::string(name) + ": " + e.what());
  }
  return manifest;
}

Manifest read_manifest(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  std::string text(kMostBytes + 1, '\0');
  if (!in.read(text.data(), static_cast<std::streamsize>(text.size())) &&
      (in.bad() || !in.eof())) {
    throw DataError("[manifest] " + path + ": can't be read");
  }
  text.resize(static_cast<std::size_t>(in.gcount()));
  return parse_manifest(text, path);
}

std::string to_yaml(const Manifest& m) {
  std::string out;
  std::vector<std::string> open;
  for (const ManifestKey& key : detail::keys()) {
    const std::string value =
        std::visit([&](auto field) { return scalar(m.*field); }, key.field);
    if (value.empty()) continue;
    std::vector<std::string> parts;
    std::istringstream path(key.path);
    for (std::string part; std::getline(path, part, '.');) {
      parts.push_back(part);
    }
    std::size_t same = 0;
    while (same < open.size() && same + 1 < parts.size() &&
           open[same] == parts[same]) {
      ++same;
    }
    open.assign(parts.begin(), parts.end() - 1);
    for (std::size_t i = same; i < parts.size(); ++i) {
      out += std::string(2 * i, ' ') + parts[i] +
             (i + 1 < parts.size() ? ":\n" : ": " + value + "\n");
    }
  }
  return out;
}

}  // namespace weft
