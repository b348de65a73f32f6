#include "io/jets_file.h"

#include <cstdlib>
#include <stdexcept>
#include <string_view>
#include <utility>
#include <vector>

#include "io/hdf5_handle.h"
#include "io/jets_layout.h"
#include "io/output_file.h"

namespace pyjetsim {

namespace {

constexpr unsigned kCompression = 4;

// A failed write leaves HDF5 with a file that it can neither close nor forget, and would meet again at exit.
const herr_t no_cleanup_at_exit = H5dont_atexit();

// Finds "errno = 28" in what HDF5 says of a failure.
herr_t find_errno(unsigned, const H5E_error2_t* entry, void* found) {
  constexpr std::string_view key = "errno = ";
  const std::string_view said = entry->desc != nullptr ? entry->desc : "";
  const std::size_t at = said.find(key);
  if (at != std::string_view::npos) *static_cast<int*>(found) = std::atoi(said.data() + at + key.size());
  return 0;
}

hid_t type_of(const JetsColumn& column) {
  const std::string_view dtype = column.dtype;
  if (dtype == "float64") return H5T_NATIVE_DOUBLE;
  return dtype == "int64" ? H5T_NATIVE_INT64 : dtype == "int32" ? H5T_NATIVE_INT32 : H5T_NATIVE_FLOAT;
}

struct Column {
  Hdf5Handle dataset;
  hid_t type = -1;
  std::vector<hsize_t> shape;  // of a row, behind the rows themselves
};

}  // namespace

struct JetsFile::State {
  State(const std::string& name, std::size_t p, bool with_copies)
      : path(name), max_constituents(p), copies(with_copies), temporary(name) {}

  std::string path;
  std::size_t max_constituents;
  bool copies;
  bool begun = false;  // it is known which weights there are
  hsize_t written = 0;
  TemporaryName temporary;
  Hdf5Handle file;
  std::vector<Column> columns;

  void create();
  void add_columns(const std::string& group);
  void add(const std::string& prefix, const JetsColumn& column);
  void begin(const PairTable& pairs);
  template <typename T>
  void extend(std::size_t& column, const std::vector<T>& values, std::size_t rows);
  void extend(std::size_t& column, const JetTable& jets, std::size_t rows);
  void write_texts(hid_t where, const char* name, const Hdf5Handle& space, const std::vector<const char*>& texts);
  void write_text(const char* name, const std::string& text);
  void write_number(const char* name, long long number);
  void finish(const std::string& provenance);

  void check(bool good);
  void abandon();
};

// After a failure nothing of the file is touched again: HDF5 would try to write the rest, and fail anew.
void JetsFile::State::abandon() {
  for (Column& column : columns) column.dataset.abandon();
  file.abandon();
}

void JetsFile::State::check(bool good) {
  if (good) return;
  int number = 0;
  H5Ewalk2(H5E_DEFAULT, H5E_WALK_UPWARD, find_errno, &number);
  abandon();
  throw_cannot_write(path, number);
}

void JetsFile::State::create() {
  H5Eset_auto2(H5E_DEFAULT, nullptr, nullptr);
  file = {H5Fcreate(temporary.name().c_str(), H5F_ACC_EXCL, H5P_DEFAULT, H5P_DEFAULT), H5Fclose};
  check(file.good());
  add_columns("gen");
  add_columns("reco");
  for (const JetsColumn& column : kPairColumns) add("", column);
  if (copies) add("", kCopyColumn);
}

void JetsFile::State::add_columns(const std::string& group) {
  Hdf5Handle made(H5Gcreate2(file, group.c_str(), H5P_DEFAULT, H5P_DEFAULT, H5P_DEFAULT), H5Gclose);
  check(made.good());
  for (const JetsColumn& column : kJetColumns) add(group + "/", column);
}

void JetsFile::State::add(const std::string& prefix, const JetsColumn& column) {
  const std::string name = prefix + column.name;
  const hid_t type = type_of(column);
  const std::vector<std::size_t> row = column.row_shape(max_constituents);
  std::vector<hsize_t> shape(row.begin(), row.end());
  std::vector<hsize_t> size{0}, largest{H5S_UNLIMITED}, chunk{kJetsChunk};
  hsize_t chunk_bytes = kJetsChunk * H5Tget_size(type);
  for (const hsize_t length : shape) {
    for (auto* dimensions : {&size, &largest, &chunk}) dimensions->push_back(length);
    chunk_bytes *= length;
  }
  const Hdf5Handle space(H5Screate_simple(static_cast<int>(size.size()), size.data(), largest.data()), H5Sclose);
  const Hdf5Handle layout(H5Pcreate(H5P_DATASET_CREATE), H5Pclose);
  const Hdf5Handle access(H5Pcreate(H5P_DATASET_ACCESS), H5Pclose);
  check(space.good() && layout.good() && access.good());
  check(H5Pset_chunk(layout, static_cast<int>(chunk.size()), chunk.data()) >= 0);
  check(H5Pset_shuffle(layout) >= 0 && H5Pset_deflate(layout, kCompression) >= 0);
  // The same jets give the same bytes whenever they are written.
  check(H5Pset_obj_track_times(layout, false) >= 0);
  // Room for a chunk that fills and one that is full, so that none is compressed twice.
  check(H5Pset_chunk_cache(access, 11, 2 * static_cast<std::size_t>(chunk_bytes), 1.0) >= 0);
  Hdf5Handle dataset(H5Dcreate2(file, name.c_str(), type, space, H5P_DEFAULT, layout, access), H5Dclose);
  check(dataset.good());
  columns.push_back({std::move(dataset), type, std::move(shape)});
}

template <typename T>
void JetsFile::State::extend(std::size_t& column, const std::vector<T>& values, std::size_t rows) {
  const Column& target = columns[column++];
  std::vector<hsize_t> start{written}, count{rows}, size{written + rows};
  hsize_t expected = rows;
  for (const hsize_t length : target.shape) {
    start.push_back(0);
    count.push_back(length);
    size.push_back(length);
    expected *= length;
  }
  if (values.size() != expected) {
    abandon();
    throw std::logic_error("a column of pairs has another length than the others");
  }
  check(H5Dset_extent(target.dataset, size.data()) >= 0);
  const Hdf5Handle memory(H5Screate_simple(static_cast<int>(count.size()), count.data(), nullptr), H5Sclose);
  const Hdf5Handle place(H5Dget_space(target.dataset), H5Sclose);
  check(memory.good() && place.good());
  check(H5Sselect_hyperslab(place, H5S_SELECT_SET, start.data(), nullptr, count.data(), nullptr) >= 0);
  check(H5Dwrite(target.dataset, target.type, memory, place, H5P_DEFAULT, values.data()) >= 0);
}

void JetsFile::State::extend(std::size_t& column, const JetTable& jets, std::size_t rows) {
  extend(column, jets.constituents, rows);
  extend(column, jets.pid, rows);
  extend(column, jets.n_constituents, rows);
  extend(column, jets.jet, rows);
}

void JetsFile::State::begin(const PairTable& pairs) {
  begun = true;
  if (pairs.n_weights == 0) return;
  add("", weight_column(pairs.n_weights));
  if (pairs.weight_names.empty()) return;
  const hsize_t count = pairs.weight_names.size();
  std::vector<const char*> names;
  for (const std::string& name : pairs.weight_names) names.push_back(name.c_str());
  const Hdf5Handle space(H5Screate_simple(1, &count, nullptr), H5Sclose);
  write_texts(columns.back().dataset, kWeightNames, space, names);
}

void JetsFile::State::write_texts(hid_t where, const char* name, const Hdf5Handle& space,
                                  const std::vector<const char*>& texts) {
  const Hdf5Handle type(H5Tcopy(H5T_C_S1), H5Tclose);
  check(type.good() && space.good());
  check(H5Tset_size(type, H5T_VARIABLE) >= 0 && H5Tset_cset(type, H5T_CSET_UTF8) >= 0);
  const Hdf5Handle attribute(H5Acreate2(where, name, type, space, H5P_DEFAULT, H5P_DEFAULT), H5Aclose);
  check(attribute.good());
  check(H5Awrite(attribute, type, texts.data()) >= 0);
}

void JetsFile::State::write_text(const char* name, const std::string& text) {
  write_texts(file, name, Hdf5Handle(H5Screate(H5S_SCALAR), H5Sclose), {text.c_str()});
}

void JetsFile::State::write_number(const char* name, long long number) {
  const Hdf5Handle space(H5Screate(H5S_SCALAR), H5Sclose);
  check(space.good());
  const Hdf5Handle attribute(H5Acreate2(file, name, H5T_STD_I64LE, space, H5P_DEFAULT, H5P_DEFAULT), H5Aclose);
  check(attribute.good());
  check(H5Awrite(attribute, H5T_NATIVE_LLONG, &number) >= 0);
}

void JetsFile::State::finish(const std::string& provenance) {
  write_text("format", kJetsFormat);
  write_number("version", kJetsVersion);
  write_text("provenance", provenance);
  // All that can fail for want of space fails here, where nothing is closed yet.
  check(H5Fflush(file, H5F_SCOPE_GLOBAL) >= 0);
  for (Column& column : columns) check(column.dataset.close());
  columns.clear();
  check(file.close());
  temporary.keep();
}

JetsFile::JetsFile(const std::string& path, std::size_t max_constituents, bool copies)
    : state_(std::make_unique<State>(path, max_constituents, copies)) {
  state_->create();
}

JetsFile::~JetsFile() = default;

void JetsFile::append(const PairTable& pairs) {
  if (!state_->begun && (pairs.size() > 0 || pairs.n_weights > 0)) state_->begin(pairs);
  if (pairs.size() == 0) return;
  std::size_t column = 0;
  state_->extend(column, pairs.gen, pairs.size());
  state_->extend(column, pairs.reco, pairs.size());
  state_->extend(column, pairs.event, pairs.size());
  state_->extend(column, pairs.delta_r, pairs.size());
  state_->extend(column, pairs.n_vertices, pairs.size());
  if (state_->copies) state_->extend(column, pairs.copy, pairs.size());
  if (column < state_->columns.size()) state_->extend(column, pairs.weight, pairs.size());
  state_->written += pairs.size();
}

void JetsFile::finish(const std::string& provenance) { state_->finish(provenance); }

}  // namespace pyjetsim
