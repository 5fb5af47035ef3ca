#include "src/data/npy_header.h"

#include <cstring>
#include <string_view>

namespace weft::data {

namespace {

constexpr std::string_view kMagic("\x93NUMPY", 6);

/// The header is a Python dictionary; NumPy itself takes only one with these
/// three keys, in any order.
class Parser {
 public:
  Parser(const std::string& path, std::string_view text, std::uint64_t begin)
      : path_(path), text_(text), begin_(begin) {}

  NpyHeader parse() {
    NpyHeader h;
    expect('{');
    while (!accept('}')) {
      entry(h);
      if (accept(',')) continue;
      expect('}');
      break;
    }
    skip_spaces();
    if (at_ < text_.size()) fail_here("the header goes on after its '}'");
    if (!descr_ || !order_ || !shape_) {
      fail_here(std::string("the header has no '") +
                (!descr_   ? "descr"
                 : !order_ ? "fortran_order"
                           : "shape") +
                "'");
    }
    return h;
  }

 private:
  void entry(NpyHeader& h) {
    skip_spaces();
    const std::size_t begin = at_;
    const std::string key = text();
    expect(':');
    if (key == "descr" && !descr_) {
      h.descr = text();
      descr_ = true;
    } else if (key == "fortran_order" && !order_) {
      h.fortran = boolean();
      order_ = true;
    } else if (key == "shape" && !shape_) {
      h.shape = shape();
      shape_ = true;
    } else {
      at_ = begin;
      fail_here("the key '" + key + "' is unknown or there twice");
    }
  }
  [[noreturn]] void fail_here(const std::string& why) const {
    fail(path_, "byte " + std::to_string(begin_ + at_) + ": " + why +
                    "; write the file again with numpy.save");
  }

  void skip_spaces() {
    while (at_ < text_.size() && (text_[at_] == ' ' || text_[at_] == '\n')) {
      ++at_;
    }
  }
  bool accept(char c) {
    skip_spaces();
    if (at_ == text_.size() || text_[at_] != c) return false;
    ++at_;
    return true;
  }
  void expect(char c) {
    if (accept(c)) return;
    fail_here(std::string("expected '") + c + "' in the header, found " +
              (at_ == text_.size() ? "its end"
                                   : "'" + std::string(1, text_[at_]) + "'"));
  }
  std::string text() {
    skip_spaces();
    const char quote = at_ < text_.size() ? text_[at_] : '\0';
    if (quote != '\'' && quote != '"') {
      fail_here(quote == '['
                    ? "the elements are structures; only plain numbers can be "
                      "read"
                    : "expected a quoted text in the header");
    }
    const std::size_t end = text_.find(quote, at_ + 1);
    if (end == text_.npos) fail_here("a text in the header is not closed");
    const std::string found(text_.substr(at_ + 1, end - at_ - 1));
    at_ = end + 1;
    return found;
  }
  bool boolean() {
    skip_spaces();
    for (std::string_view word : {"True", "False"}) {
      if (text_.substr(at_, word.size()) != word) continue;
      at_ += word.size();
      return word == "True";
    }
    fail_here("expected True or False");
  }
  std::int64_t size() {
    skip_spaces();
    std::int64_t n = 0;
    const std::size_t begin = at_;
    for (; at_ < text_.size() && text_[at_] >= '0' && text_[at_] <= '9';
         ++at_) {
      if (n > (std::int64_t{1} << 56)) fail_here("the size is too large");
      n = n * 10 + (text_[at_] - '0');
    }
    if (at_ == begin) fail_here("expected a size, a whole number from 0 on");
    return n;
  }
  Shape shape() {
    Shape s;
    expect('(');
    while (!accept(')')) {
      if (s.rank() == Shape::kMaxRank) {
        fail_here("the rank is above " + std::to_string(Shape::kMaxRank));
      }
      s.push_back(Dim(size()));
      if (accept(',')) continue;
      expect(')');
      break;
    }
    return s;
  }

  const std::string& path_;
  std::string_view text_;
  std::uint64_t begin_;  ///< of the text in the file
  std::size_t at_ = 0;
  bool descr_ = false, order_ = false, shape_ = false;
};

}  // namespace

NpyHeader read_npy_header(InputFile& file) {
  std::uint8_t b[8] = {};
  const std::size_t got = file.read(b, 8);
  if (got < 8 || std::memcmp(b, kMagic.data(), kMagic.size()) != 0) {
    fail(file.path(),
         "is no NPY file: byte 0: expected the magic number 93 'NUMPY' and a "
         "version");
  }
  if (b[6] < 1 || b[6] > 3) {
    fail(file.path(), "byte 6: the format version is " + std::to_string(b[6]) +
                          "; known are 1 to 3");
  }
  std::uint8_t size[4] = {};
  const std::size_t width = b[6] == 1 ? 2 : 4;
  file.read(size, width);
  std::uint64_t length = 0;
  for (std::size_t i = width; i-- > 0;) length = length << 8 | size[i];
  std::vector<std::uint8_t> text;
  if (length == 0 || file.append(text, length) < length) {
    fail(file.path(), "ends within its header, at byte " +
                          std::to_string(file.position()) +
                          "; copy or download it again");
  }
  return Parser(file.path(),
                {reinterpret_cast<const char*>(text.data()), text.size()},
                8 + width)
      .parse();
}

std::string npy_header(const NpyHeader& header) {
  std::string text = "{'descr': '" + header.descr + "', 'fortran_order': " +
                     (header.fortran ? "True" : "False") + ", 'shape': (";
  for (Dim d : header.shape) text += std::to_string(d.size()) + ",";
  text += "), }";
  // The elements begin at a multiple of 64 bytes.
  constexpr std::size_t kBefore = 10;
  text.resize((text.size() + kBefore + 64) / 64 * 64 - kBefore - 1, ' ');
  text += '\n';
  std::string start(kMagic);
  start += {'\x01', '\x00', static_cast<char>(text.size() & 0xff),
            static_cast<char>(text.size() >> 8)};
  return start + text;
}

}  // namespace weft::data
