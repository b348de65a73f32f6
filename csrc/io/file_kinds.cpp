#include <algorithm>
#include <cctype>

#include "io/bytes.h"
#include "pyjetsim/error.h"

namespace pyjetsim {

namespace {

using std::string_view_literals::operator""sv;

struct Kind {
  std::string_view mark;
  std::size_t at;  // where in the file the mark stands
  const char* what;
  const char* todo;
};

constexpr Kind kKinds[] = {
    {"\x89HDF\r\n\x1a\n"sv, 0, "is an HDF5 file", "give a jets.h5 by its name to `pyjetsim simulate`"},
    {"root"sv, 0, "is a ROOT file", "convert it to HepMC3 ASCII with the program that wrote it"},
    {"hmpb"sv, 0, "is HepMC3's protobuf format", "convert it to HepMC3 ASCII with HepMC3"},
    {"version https://git-lfs"sv, 0, "is a pointer of Git LFS, not the file itself", "fetch the file: `git lfs pull`"},
    {"PK\x03\x04"sv, 0, "is a ZIP archive", "unpack it, and give the file inside"},
    {"ustar"sv, 257, "is a tar archive", "unpack it, and give the files inside one by one"},
    {"BZh"sv, 0, "is compressed by bzip2 (gzip and Zstandard are known)",
     "pipe it in: `bzip2 -dc FILE |`, and IN as -"},
    {"\xfd\x37zXZ\0"sv, 0, "is compressed by xz (gzip and Zstandard are known)",
     "pipe it in: `xz -dc FILE |`, and IN as -"},
    {"\x04\x22\x4d\x18"sv, 0, "is compressed by lz4 (gzip and Zstandard are known)",
     "pipe it in: `lz4 -dc FILE |`, and IN as -"},
    {"\x1f\x8b"sv, 0, "is compressed twice", "decompress it once"},
    {"\x28\xb5\x2f\xfd"sv, 0, "is compressed twice", "decompress it once"},
    {"PAR1"sv, 0, "is a Parquet file", "give HepMC events, or a jets.h5"},
    {"\x93NUMPY"sv, 0, "is a NumPy array", "call pyjetsim.load(bundle) on arrays"},
    {"%PDF"sv, 0, "is a PDF document", "check the name"},
    {"\xff\xfe"sv, 0, "is UTF-16 text", "write it as plain text"},
    {"\xfe\xff"sv, 0, "is UTF-16 text", "write it as plain text"},
};

// In text, behind blanks; in lower case.
constexpr Kind kTexts[] = {
    {"<leshouchesevents"sv, 0, "is a Les Houches (LHE) file: partons, before any shower",
     "shower it, with PYTHIA for example, and write the events as HepMC"},
    {"<!doctype html"sv, 0, "is a web page", "download the file itself"},
    {"<html"sv, 0, "is a web page", "download the file itself"},
};

bool has(std::string_view start, const Kind& kind) {
  return start.substr(std::min(kind.at, start.size()), kind.mark.size()) == kind.mark;
}

}  // namespace

bool is_hdf5(std::string_view start) {
  const std::string_view mark = kKinds[0].mark;
  for (std::size_t at = 0; at + mark.size() <= start.size(); at = at == 0 ? 512 : 2 * at) {
    if (start.substr(at, mark.size()) == mark) return true;
  }
  return false;
}

void refuse_other_kinds(std::string_view start, const std::string& name) {
  for (const Kind& kind : kKinds) {
    if (has(start, kind)) throw Error(name + " " + kind.what, kOnlyHepMC, kind.todo);
  }
  // An XML declaration or comments may stand before the mark of a text.
  std::string text(start.substr(0, 4096));
  std::transform(text.begin(), text.end(), text.begin(),
                 [](unsigned char letter) { return static_cast<char>(letter < 128 ? std::tolower(letter) : letter); });
  const std::size_t first = text.find_first_not_of(" \t\r\n\xef\xbb\xbf");
  if (first == std::string::npos || text[first] != '<') return;
  for (const Kind& kind : kTexts) {
    if (text.find(kind.mark) != std::string::npos) throw Error(name + " " + kind.what, kOnlyHepMC, kind.todo);
  }
}

}  // namespace pyjetsim
