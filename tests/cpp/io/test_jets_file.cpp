// What is written is in the file, however it was cut into pieces; a disk that refuses leaves nothing.
#include <gtest/gtest.h>
#include <hdf5.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cstdint>
#include <random>
#include <string>
#include <vector>

#include "io/hdf5_handle.h"
#include "io/jets_file.h"
#include "io/temporary_folder.h"
#include "pyjetsim/error.h"

namespace pyjetsim::test {
namespace {

constexpr std::size_t kRoom = 5;

// Rows `first` to `first + rows` of an endless table.
PairTable table(std::size_t first, std::size_t rows) {
  PairTable pairs;
  for (std::size_t row = first; row < first + rows; ++row) {
    std::mt19937 random(static_cast<unsigned>(row));
    std::uniform_real_distribution<float> uniform(-100, 100);
    for (JetTable* jets : {&pairs.gen, &pairs.reco}) {
      for (std::size_t i = 0; i < 3 * kRoom; ++i) jets->constituents.push_back(uniform(random));
      for (std::size_t i = 0; i < kRoom; ++i) jets->pid.push_back(static_cast<std::int32_t>(random() % 4000) - 2000);
      jets->n_constituents.push_back(static_cast<std::int32_t>(random() % 100));
      for (std::size_t i = 0; i < 4; ++i) jets->jet.push_back(uniform(random));
    }
    pairs.event.push_back(static_cast<std::int64_t>(row) << 33);
    pairs.delta_r.push_back(uniform(random));
    pairs.n_vertices.push_back(1);
  }
  return pairs;
}

template <typename T>
std::vector<T> column(const std::string& path, const std::string& name, hid_t type,
                      std::vector<hsize_t>* shape = nullptr) {
  const Hdf5Handle file(H5Fopen(path.c_str(), H5F_ACC_RDONLY, H5P_DEFAULT), H5Fclose);
  const Hdf5Handle dataset(H5Dopen2(file, name.c_str(), H5P_DEFAULT), H5Dclose);
  const Hdf5Handle space(H5Dget_space(dataset), H5Sclose);
  std::vector<T> values(static_cast<std::size_t>(std::max<hssize_t>(0, H5Sget_simple_extent_npoints(space))));
  H5Dread(dataset, type, H5S_ALL, H5S_ALL, H5P_DEFAULT, values.data());
  if (shape != nullptr) {
    shape->resize(static_cast<std::size_t>(H5Sget_simple_extent_ndims(space)));
    H5Sget_simple_extent_dims(space, shape->data(), nullptr);
  }
  return values;
}

std::string write(const TemporaryFolder& folder, const std::vector<std::size_t>& pieces) {
  const std::string path = folder / "out.h5";
  JetsFile file(path, kRoom);
  std::size_t first = 0;
  for (const std::size_t rows : pieces) {
    file.append(table(first, rows));
    first += rows;
  }
  file.finish("{}");
  return path;
}

TEST(JetsFile, HoldsWhatWasAppended) {
  const TemporaryFolder folder;
  for (const auto& pieces :
       std::vector<std::vector<std::size_t>>{{}, {3}, {1, 0, 7}, {1024}, {700, 700, 700}, {3000}}) {
    const std::string path = write(folder, pieces);
    std::size_t rows = 0;
    for (const std::size_t piece : pieces) rows += piece;
    const PairTable all = table(0, rows);
    std::vector<hsize_t> shape;
    EXPECT_EQ(column<float>(path, "gen/constituents", H5T_NATIVE_FLOAT, &shape), all.gen.constituents);
    EXPECT_EQ(shape, (std::vector<hsize_t>{rows, kRoom, 3}));
    EXPECT_EQ(column<float>(path, "reco/constituents", H5T_NATIVE_FLOAT), all.reco.constituents);
    EXPECT_EQ(column<std::int32_t>(path, "gen/pid", H5T_NATIVE_INT32, &shape), all.gen.pid);
    EXPECT_EQ(shape, (std::vector<hsize_t>{rows, kRoom}));
    EXPECT_EQ(column<std::int32_t>(path, "reco/n_constituents", H5T_NATIVE_INT32, &shape), all.reco.n_constituents);
    EXPECT_EQ(shape, (std::vector<hsize_t>{rows}));
    EXPECT_EQ(column<float>(path, "reco/jet", H5T_NATIVE_FLOAT, &shape), all.reco.jet);
    EXPECT_EQ(shape, (std::vector<hsize_t>{rows, 4}));
    EXPECT_EQ(column<std::int64_t>(path, "event", H5T_NATIVE_INT64), all.event);
    EXPECT_EQ(column<float>(path, "delta_r", H5T_NATIVE_FLOAT), all.delta_r);
    EXPECT_EQ(column<std::int32_t>(path, "n_vertices", H5T_NATIVE_INT32), all.n_vertices);
    EXPECT_EQ(folder.files(), 1U);
  }
}

TEST(JetsFile, TellsCopiesWhereThereAre) {
  const TemporaryFolder folder;
  const std::string path = folder / "out.h5";
  PairTable pairs = table(0, 4);
  pairs.copy = {0, 1, 0, 1};
  JetsFile file(path, kRoom, true);
  file.append(pairs);
  file.finish("{}");
  EXPECT_EQ(column<std::int32_t>(path, "copy", H5T_NATIVE_INT32), pairs.copy);
  EXPECT_EQ(column<std::int32_t>(path, "n_vertices", H5T_NATIVE_INT32), pairs.n_vertices);
}

TEST(JetsFile, LeavesNothingUnlessItIsFinished) {
  const TemporaryFolder folder;
  folder.write("out.h5", "old");
  {
    JetsFile file(folder / "out.h5", kRoom);
    file.append(table(0, 2000));
    EXPECT_EQ(folder.files(), 2U);
  }
  EXPECT_EQ(folder.files(), 1U);
  EXPECT_EQ(std::filesystem::file_size(folder / "out.h5"), 3U);
}

TEST(JetsFile, ColumnsOfDifferentLengthAreRefused) {
  const TemporaryFolder folder;
  JetsFile file(folder / "out.h5", kRoom);
  PairTable pairs = table(0, 3);
  pairs.reco.pid.pop_back();
  EXPECT_THROW(file.append(pairs), std::logic_error);
}

// In a process of its own, as files may not grow any more after it: what was thrown, and the exit status.
std::string written_within(const std::string& path, rlim_t bytes, std::size_t rows, int* status) {
  int ends[2];
  EXPECT_EQ(::pipe(ends), 0);
  const pid_t child = ::fork();
  if (child == 0) {
    ::signal(SIGXFSZ, SIG_IGN);
    const rlimit limit{bytes, bytes};
    ::setrlimit(RLIMIT_FSIZE, &limit);
    std::string said;
    try {
      JetsFile file(path, kRoom);
      for (std::size_t row = 0; row < rows; row += 500) file.append(table(row, 500));
      file.finish("{}");
    } catch (const Error& error) {
      said = error.what();
    }
    if (::write(ends[1], said.data(), said.size()) < 0) ::_exit(3);
    std::exit(0);  // with HDF5's own work at exit, if it has any left
  }
  ::close(ends[1]);
  std::string said(4096, '\0');
  const ssize_t got = ::read(ends[0], said.data(), said.size());
  said.resize(static_cast<std::size_t>(std::max<ssize_t>(got, 0)));
  ::close(ends[0]);
  ::waitpid(child, status, 0);
  return said;
}

TEST(JetsFile, DiskThatRefusesIsOneErrorAndLeavesNothing) {
  const TemporaryFolder folder;
  // At the first write, in the middle of a chunk, and only at the end.
  for (const auto& [bytes, rows] :
       std::vector<std::pair<rlim_t, std::size_t>>{{100, 500}, {20'000, 500}, {300'000, 20'000}, {1'000'000, 20'000}}) {
    int status = -1;
    const std::string said = written_within(folder / "out.h5", bytes, rows, &status);
    EXPECT_EQ(status, 0) << bytes;
    EXPECT_EQ(said.rfind("cannot write " + (folder / "out.h5") + ": File too large (", 0), 0U) << bytes << ": " << said;
    EXPECT_EQ(folder.files(), 0U);
  }
}

}  // namespace
}  // namespace pyjetsim::test
