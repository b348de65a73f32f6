#include "bindings/jet_ids.h"

#include <pybind11/gil_safe_call_once.h>

#include <algorithm>
#include <limits>
#include <tuple>

namespace pyjetsim::bindings {
namespace {

// A whole number from 0; nothing for others.
std::optional<std::uint64_t> read_number(py::handle value, std::uint64_t most) {
  if (PyLong_CheckExact(value.ptr()) == 0) return std::nullopt;
  const std::uint64_t number = PyLong_AsUnsignedLongLong(value.ptr());
  if (PyErr_Occurred() != nullptr) {
    PyErr_Clear();
    return std::nullopt;
  }
  return number <= most ? std::optional(number) : std::nullopt;
}

// Whole numbers from 0, one a jet or one for all; false for others.
bool read_numbers(py::handle values, std::size_t jets, std::vector<std::uint64_t>& into) {
  const auto fits = [jets](const py::array& array) {
    return array.ndim() == 1 && static_cast<std::size_t>(array.size()) == jets;
  };
  if (const auto number = read_number(values, std::numeric_limits<std::uint64_t>::max())) {
    into.assign(jets, *number);
    return true;
  }
  if (const auto found = as_it_is<std::int64_t>(values); found && fits(*found)) {
    if (std::any_of(found->data(), found->data() + jets, [](std::int64_t number) { return number < 0; })) return false;
    into.assign(found->data(), found->data() + jets);
    return true;
  }
  if (const auto found = as_it_is<std::uint64_t>(values); found && fits(*found)) {
    into.assign(found->data(), found->data() + jets);
    return true;
  }
  return false;
}

// How many jets of the same event come before each.
void count_in_events(const std::vector<std::uint64_t>& event, std::vector<std::uint64_t>& place) {
  const std::size_t jets = event.size();
  std::vector<std::size_t> order(jets);
  for (std::size_t j = 0; j < jets; ++j) order[j] = j;
  std::stable_sort(order.begin(), order.end(), [&event](std::size_t a, std::size_t b) { return event[a] < event[b]; });
  place.resize(jets);
  for (std::size_t j = 0; j < jets; ++j) {
    const bool same = j > 0 && event[order[j]] == event[order[j - 1]];
    place[order[j]] = same ? place[order[j - 1]] + 1 : 0;
  }
}

bool is_event_id(py::handle event) {
  PYBIND11_CONSTINIT static py::gil_safe_call_once_and_store<py::object> type;
  if (PyTuple_Check(event.ptr()) == 0 || PyTuple_CheckExact(event.ptr()) != 0) return false;
  type.call_once_and_store_result([] { return python("pyjetsim.jets.event_ids", "EventId"); });
  return py::isinstance(event, type.get_stored());
}

// Ids of the jets, where they are given by None, numbers, event numbers in an array or the id of one event; false where
// Python has to look closer.
bool read_plain_ids(py::handle event, py::handle jet, std::uint64_t copy, std::vector<JetId>& ids) {
  constexpr std::uint64_t kMostRuns = std::numeric_limits<std::uint32_t>::max();
  std::vector<std::uint64_t> events, places;
  std::uint64_t run = 0, block = 0;
  const std::size_t jets = ids.size();
  if (event.is_none()) {
    for (std::size_t j = 0; j < jets; ++j) events.push_back(j);
  } else if (is_event_id(event)) {
    const auto parts = py::reinterpret_borrow<py::tuple>(event);
    const auto of_run = read_number(parts[0], kMostRuns), of_block = read_number(parts[1], kMostRuns);
    if (!of_run || !of_block || !read_numbers(parts[2], jets, events)) return false;
    run = *of_run;
    block = *of_block;
  } else if (!read_numbers(event, jets, events)) {
    return false;
  }
  if (jet.is_none()) {
    count_in_events(events, places);
  } else if (!read_numbers(jet, jets, places)) {
    return false;
  }
  for (std::size_t j = 0; j < jets; ++j) {
    ids[j] = {static_cast<std::uint32_t>(run), static_cast<std::uint32_t>(block), events[j], places[j], copy};
  }
  return true;
}

}  // namespace

std::uint64_t unsigned_of(const char* name, py::handle value) {
  if (const auto number = read_number(value, std::numeric_limits<std::uint64_t>::max())) return *number;
  return python("pyjetsim.jets.event_ids", "unsigned")(name, value).attr("item")().cast<std::uint64_t>();
}

std::vector<JetId> ids_of(py::handle event, py::handle jet, std::uint64_t copy, std::size_t jets) {
  std::vector<JetId> ids(jets);
  if (read_plain_ids(event, jet, copy, ids)) return ids;
  const auto [run, block, number, place] =
      python("pyjetsim.jets.event_ids", "jet_ids")(jets, event, jet)
          .cast<std::tuple<Array<std::uint32_t>, Array<std::uint32_t>, Array<std::uint64_t>, Array<std::uint64_t>>>();
  for (std::size_t j = 0; j < jets; ++j) {
    ids[j] = {run.data()[j], block.data()[j], number.data()[j], place.data()[j], copy};
  }
  return ids;
}

}  // namespace pyjetsim::bindings
