// Bundles that are not whole, not ours, or cannot be.
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <filesystem>
#include <random>

#include "bundle/files.h"
#include "simulator/expect_error.h"
#include "simulator/scratch_folder.h"
#include "simulator/small_bundle.h"

namespace pyjetsim {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;

class BundleFiles : public testing::Test {
 protected:
  void refused(const std::string& words) {
    expect_error([this] { read_bundle(folder.path()); }, words);
  }
  void refused_with(const std::string& pointer, const json& value, const std::string& words) {
    SmallBundle bundle;
    bundle.manifest[json::json_pointer(pointer)] = value;
    bundle.write(folder.path());
    refused(words);
  }
  fs::path file(const std::string& name) const { return fs::path(folder.path()) / name; }

  ScratchFolder folder;
};

TEST_F(BundleFiles, WholeOne) {
  SmallBundle().write(folder.path());
  const Bundle bundle = read_bundle(folder.path() + "/");
  EXPECT_EQ(bundle.manifest.inputs[0].name, "constituents");
  EXPECT_EQ(bundle.manifest.inputs[1].name, "noise");
  EXPECT_EQ(bundle.manifest.outputs[0].name, "reco_constituents");
  EXPECT_EQ(bundle.manifest.max_constituents, 8u);
  EXPECT_EQ(bundle.manifest.noise_size, 3u);
  EXPECT_EQ(bundle.manifest.radius, 0.5);
  EXPECT_EQ(bundle.manifest.cuts.pt_min, 1.0f);
  EXPECT_EQ(bundle.manifest.cuts.eta_max, 3.0f);
  EXPECT_EQ(bundle.manifest.cuts.max_constituents, 6u);
  EXPECT_EQ(bundle.manifest.eta.low, -2.5);
  EXPECT_EQ(bundle.manifest.n_constituents.high, 10);
  EXPECT_EQ(bundle.files.size(), 2u);
  EXPECT_EQ(json::parse(bundle.manifest.json)["model"], "small");
}

TEST_F(BundleFiles, OneThatCameWithTheLibrary) {
  const fs::path home = fs::read_symlink("/proc/self/exe").parent_path() / "shipped" / "by_name";
  fs::create_directories(home);
  SmallBundle().write(home.string());
  EXPECT_EQ(read_bundle("by_name").manifest.cuts.max_constituents, 6u);
  EXPECT_EQ(bundle_folder("./by_name"), "./by_name");  // a path, not a name
  EXPECT_EQ(bundle_folder("of_no_bundle"), "of_no_bundle");
  fs::remove_all(home);
  EXPECT_EQ(bundle_folder("by_name"), "by_name");
}

TEST_F(BundleFiles, NoLimitOnEta) {
  SmallBundle bundle;
  bundle.manifest["cuts"]["constituent_eta_max"] = nullptr;
  bundle.write(folder.path());
  EXPECT_TRUE(std::isinf(read_bundle(folder.path()).manifest.cuts.eta_max));
}

TEST_F(BundleFiles, MissingTruncatedAltered) {
  refused("is no bundle: manifest.json is missing");
  for (const char* name : {"model.onnx", "golden.json"}) {
    SmallBundle().write(folder.path());
    const std::string content = read_whole(file(name));
    write_whole(file(name), content.substr(0, content.size() - 1));
    refused(std::string(name) + " has SHA-256 ");
    std::string altered = content;
    altered[content.size() / 2] ^= 1;
    write_whole(file(name), altered);
    refused("it was truncated or altered after the export");
    fs::remove(file(name));
    refused(std::string(name) + " cannot be read: ");
  }
}

TEST_F(BundleFiles, NoNameIsNotTheCurrentFolder) {
  SmallBundle().write(folder.path());
  const fs::path before = fs::current_path();
  fs::current_path(folder.path());
  expect_error([] { read_bundle(""); }, "the bundle's name is empty");
  EXPECT_EQ(read_bundle(".").files.size(), 2u);
  fs::current_path(before);
}

TEST_F(BundleFiles, PipesAreNotWaitedFor) {
  SmallBundle().write(folder.path());
  fs::remove(file("model.onnx"));
  ASSERT_EQ(mkfifo(file("model.onnx").c_str(), 0600), 0);
  refused("model.onnx cannot be read: it is no file");
}

TEST_F(BundleFiles, LinksOutOfTheBundle) {
  SmallBundle().write(folder.path());
  const ScratchFolder elsewhere;
  fs::rename(file("golden.json"), fs::path(elsewhere.path()) / "golden.json");
  fs::create_symlink(fs::path(elsewhere.path()) / "golden.json", file("golden.json"));
  refused("golden.json leads out of the bundle");
}

TEST_F(BundleFiles, ManifestThatIsNone) {
  for (const char* text : {"", "{", "\xff\xfe", "{\"format\": 1e999}", "{\"a\": \"\xff\"}"}) {
    write_whole(file("manifest.json"), text);
    refused("manifest.json: it is no readable JSON");
  }
  write_whole(file("manifest.json"), "[]");
  refused("format is null, not \"pyjetsim.bundle\"");
}

TEST_F(BundleFiles, OtherFormatOrVersion) {
  refused_with("/format", "other", "format is \"other\"");
  refused_with("/version", 4, "version is 4, this pyjetsim reads 1, 2 and 3");
  refused_with("/version", "1", "version is \"1\", this pyjetsim reads 1, 2 and 3");
}

TEST_F(BundleFiles, ValuesThatCannotBe) {
  refused_with("/cuts/constituent_pt_min", "0.25", "/cuts/constituent_pt_min is \"0.25\"");
  refused_with("/cuts/constituent_pt_min", -1, "/cuts/constituent_pt_min is -1");
  refused_with("/cuts/constituent_eta_max", 0, "/cuts/constituent_eta_max is 0, not a number above 0");
  refused_with("/cuts/max_constituents", 0, "/cuts/max_constituents is 0");
  refused_with("/cuts/max_constituents", 2.5, "/cuts/max_constituents is 2.5");
  refused_with("/jet_definition/algorithm", "kt", "/jet_definition/algorithm is \"kt\", not \"anti-kt\"");
  refused_with("/jet_definition/radius", 0, "/jet_definition/radius is 0");
  refused_with("/domain/pt", {5, 1}, "/domain/pt is [5, 1], not the lowest and the highest value");
  refused_with("/domain/eta", {1}, "/domain/eta is [1]");
  refused_with("/tolerance/absolute", 0, "/tolerance/absolute is 0");
  refused_with("/inputs/0/shape", {"batch", 8}, "/inputs/0/shape is [\"batch\", 8]");
  refused_with("/inputs/0/shape", {2, 8, 3}, "/inputs/0/shape is [2, 8, 3]");
  refused_with("/inputs/1/shape/1", 1000000000, "/inputs/1/shape/1 is 1000000000");
  refused_with("/inputs/1/shape/1", -3, "/inputs/1/shape/1 is -3");
  refused_with("/inputs/0/name", std::string("a\0b", 3), "/inputs/0/name is \"a\\u0000b\"");
  refused_with("/inputs/2", json::object(), "/inputs is array of 3");
  refused_with("/output/shape/1", 9, "/output/shape is [\"batch\", 9, 3], and /inputs/0/shape [\"batch\", 8, 3]");
  refused_with("/output", json(), "/output is null, no object");
}

TEST_F(BundleFiles, NamesThatLeadOut) {
  for (const char* name : {"../model.onnx", "/etc/passwd", "..", "", "a\\b", "a/b"}) {
    SmallBundle bundle;
    bundle.manifest["files"] = {{name, std::string(64, '0')}};
    bundle.write(folder.path());
    refused("which is not a plain name inside the bundle");
  }
}

TEST_F(BundleFiles, HashesThatAreNone) {
  refused_with("/files", json::array(), "/files is not a list of names and SHA-256");
  refused_with("/files", {{"model.onnx", "xyz"}}, "is \"xyz\", not a SHA-256");
  refused_with("/files", {{"model.onnx", std::string(64, '0')}}, "/files does not name golden.json");
}

TEST_F(BundleFiles, MessagesStayShort) {
  refused_with("/cuts/max_constituents", std::string(100000, 'x'), "xxx...");
  SmallBundle().write(folder.path());
  std::string deep = read_whole(file("manifest.json"));
  const std::string before = "\"max_constituents\":6";
  deep.replace(deep.find(before) + before.size() - 1, 1, std::string(150, '[') + std::string(150, ']'));
  write_whole(file("manifest.json"), deep);
  refused("/cuts/max_constituents is array of 1");
}

TEST_F(BundleFiles, NestedDeeply) {
  json manifest = SmallBundle().manifest;
  manifest["files"] = {{"model.onnx", std::string(64, 'a')}, {"golden.json", std::string(64, 'b')}};
  const auto refused_at = [&](std::initializer_list<const char*> pointers, const std::string& words) {
    json changed = manifest;
    for (const char* pointer : pointers) changed[json::json_pointer(pointer)] = "DEEP";
    // As deep as nothing need be, and as deep as no call goes: what is copied value by value would end the program.
    for (const std::size_t levels : {150, 300000}) {
      const std::string deep = std::string(levels, '[') + std::string(levels, ']');
      std::string text = changed.dump();
      for (std::size_t at; (at = text.find("\"DEEP\"")) != std::string::npos;) text.replace(at, 6, deep);
      expect_error([&] { parse_manifest(text, "manifest.json"); },
                   levels == 150 ? words : "it is no readable JSON: it is nested deeper than any manifest");
    }
  };
  refused_at({"/format"}, "format is array of 1, not \"pyjetsim.bundle\"");
  refused_at({"/version"}, "version is array of 1, this pyjetsim reads 1");
  refused_at({"/inputs/0/shape/1", "/output/shape/1"}, "/inputs/0/shape/1 is array of 1, not a whole");
  refused_at({"/inputs/0/shape/2", "/output/shape/2"}, "/inputs/0/shape is array of 3, not (batch, P, 3)");
}

// Whatever a manifest is made into, it is read or refused.
TEST_F(BundleFiles, DamagedAnywhere) {
  std::vector<std::string> whole;
  for (SmallBundle bundle : {SmallBundle(), SmallBundle(/*with_pids=*/true), SmallBundle().third_version(),
                             SmallBundle(/*with_pids=*/true).third_version(), SmallBundle::of_another_task()}) {
    bundle.manifest["files"] = {{"model.onnx", std::string(64, 'a')}, {"golden.json", std::string(64, 'b')}};
    whole.push_back(bundle.manifest.dump());
  }
  std::mt19937 random(1);
  int read = 0, told = 0;
  for (int round = 0; round < 20000; ++round) {
    std::string text = whole[static_cast<std::size_t>(round) % whole.size()];
    for (unsigned edits = 1 + random() % 3; edits > 0; --edits) {
      const std::size_t at = random() % text.size();
      switch (random() % 4) {
        case 0:
          text[at] = static_cast<char>(random());
          break;
        case 1:
          text.erase(at, 1 + random() % 20);
          break;
        case 2:
          text.insert(at, 1, "[]{}\",:0123456789-.eE\\nul"[random() % 25]);
          break;
        default:
          text.insert(at, text.substr(random() % text.size(), random() % 20));
      }
      if (text.empty()) text = "x";
    }
    try {
      parse_manifest(text, "manifest.json");
      ++read;
    } catch (const Error&) {
      ++told;
    }
  }
  EXPECT_GT(read, 100);
  EXPECT_GT(told, 10000);
}

}  // namespace
}  // namespace pyjetsim
