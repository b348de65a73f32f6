#include "run/run.h"

#include <algorithm>
#include <atomic>
#include <cctype>
#include <chrono>
#include <exception>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <system_error>
#include <thread>
#include <utility>
#include <vector>

#include "io/bytes.h"
#include "io/hepmc.h"
#include "io/jets_file.h"
#include "io/output_file.h"
#include "pyjetsim/error.h"
#include "pyjetsim/jets.h"
#include "run/ordered_pool.h"
#include "run/terminal.h"
#include "run/worker.h"

namespace pyjetsim {

namespace {

// Enough jets for an inference at full speed, in little memory; the same for any number of threads.
constexpr std::size_t kBatchEvents = 64;
constexpr std::size_t kBatchBytes = 8 << 20;
// Batches that may wait, over their copies: a thousand of them take hundreds of megabytes.
constexpr std::size_t kCopiesOnTheirWay = 256;

using Pool = OrderedPool<Batch, Answer>;

// Whatever it is spelt like, and whether or not it is there.
std::filesystem::path place(const std::string& path) {
  std::error_code error;
  return std::filesystem::weakly_canonical(std::filesystem::absolute(path), error);
}

// Endings are those that `pyjetsim simulate` knows, in capitals or not.
void check_is_jets_h5(const std::string& output) {
  std::string end = std::filesystem::path(output).extension().string();
  std::transform(end.begin(), end.end(), end.begin(),
                 [](unsigned char letter) { return static_cast<char>(letter < 128 ? std::tolower(letter) : letter); });
  if (end.empty() || end == ".h5" || end == ".hdf5") return;
  const bool root = end == ".root";
  if (!root && end != ".parquet" && end != ".pq") {
    throw Error("output " + output + " ends in " + std::filesystem::path(output).extension().string(),
                "its ending says what is written, and this one says nothing", "name it .h5 or .hdf5");
  }
  const std::string format = root ? "ROOT" : "Parquet";
  throw Error("output " + output + " is named as " + format, "pyjetsim-run writes jets.h5 only",
              "name it .h5; `pyjetsim convert` makes " + format + " of it");
}

void check(const RunOptions& options) {
  check_is_jets_h5(options.output);
  for (const std::string& path : {options.output, options.json}) {
    if (path.empty()) continue;
    check_output(path);
    std::error_code error;
    if (std::filesystem::equivalent(path, options.source, error) && !error) {
      throw Error("output " + path + " is the source", "it would be replaced", "choose another name for the output");
    }
  }
  if (!options.json.empty() && place(options.output) == place(options.json)) {
    throw Error("--json names the output " + options.output, "one would replace the other", "choose another name");
  }
}

// What ends a wait for a pipe.
struct Interrupted {};

Error interruption(const std::string& kept) { return Error("interrupted", kept, "run the same command again"); }

// Puts the events of a source into the pool, on a thread of its own.
class Reader {
 public:
  // Throws Error for what is no HepMC.
  explicit Reader(const RunOptions& options) try
      : bytes_(open_bytes(options.source, [this] { stop_waiting(); })), texts_(*bytes_, options.source) {
  } catch (const BrokenError& error) {
    throw stopped(options.source, std::nullopt, error);
  } catch (const Interrupted&) {
    throw interruption("nothing was simulated yet");
  }

  void read(Pool& pool) {
    Stopwatch watch;
    Batch batch;
    bool more = true;
    while (more) {
      batch = {};
      try {
        more = fill(batch);
      } catch (const BrokenError& error) {
        batch.broken = error;
      } catch (const Interrupted&) {
        interrupted_ = pyjetsim::interrupted();
        more = false;
      } catch (...) {
        batch.error = std::current_exception();
      }
      more = more && !batch.broken && batch.error == nullptr;
      if (!pool.put(std::move(batch))) break;
    }
    seconds_ = watch.lap();
    pool.close();
  }

  // No more is wanted: a pipe that has nothing to give is not waited for.
  void stop_reading() { stop_reading_ = true; }

  // To be called after read() has returned.
  double seconds() const { return seconds_; }
  bool interrupted() const { return interrupted_; }
  const EventTexts& texts() const { return texts_; }

 private:
  // False after the last event.
  bool fill(Batch& batch) {
    std::size_t bytes = 0;
    EventText event;
    while (batch.texts.size() < kBatchEvents && bytes < kBatchBytes) {
      if (pyjetsim::interrupted()) {
        interrupted_ = true;
        return false;
      }
      if (!texts_.next(event)) return false;
      bytes += event.text.size();
      batch.texts.push_back(std::move(event));
    }
    return true;
  }

  void stop_waiting() const {
    if (stop_reading_ || pyjetsim::interrupted()) throw Interrupted();
  }

  std::atomic<bool> stop_reading_{false};
  std::unique_ptr<Bytes> bytes_;
  EventTexts texts_;
  double seconds_ = 0;
  bool interrupted_ = false;
};

void work(Pool& pool, EventWorker& worker, JetsOfEvents& known) {
  while (auto task = pool.take()) {
    Answer answer;
    try {
      worker.cluster(task->second, answer);
    } catch (...) {
      answer.error = std::current_exception();
    }
    if (!pool.in_turn(task->first, [&] { worker.number(known); })) return;
    try {
      if (answer.error == nullptr) worker.simulate(answer);
    } catch (...) {
      answer.error = std::current_exception();
    }
    pool.answer(task->first, std::move(answer));
  }
}

// Threads that are let go and waited for, whatever happens.
class Crew {
 public:
  Crew(Pool& pool, Reader& reader) : pool_(pool), reader_(reader) {}
  ~Crew() {
    pool_.stop();
    reader_.stop_reading();
    wait();
  }

  template <typename Work>
  void add(Work work_of_it) {
    try {
      threads_.emplace_back([this, work = std::move(work_of_it)] {
        try {
          work();
        } catch (...) {  // such as of memory that there is not
          pool_.fail(std::current_exception());
        }
      });
    } catch (const std::system_error&) {
      throw Error("no more than " + std::to_string(threads_.size()) + " threads can be started",
                  "this system allows no more", "give fewer --threads");
    }
  }
  void wait() {
    for (std::thread& thread : threads_) thread.join();
    threads_.clear();
  }

 private:
  Pool& pool_;
  Reader& reader_;
  std::vector<std::thread> threads_;
};

// What is known of the events that were written.
struct Written {
  EventNumbers numbers;
  BorrowedUnits units;
  HardestJets hardest;
  std::optional<std::int64_t> last_event;
  std::optional<BrokenError> broken;  // why no more came,
  bool interrupted = false;           // if not because the source ended

  void add(const Answer& answer) {
    for (const Answer::Event& event : answer.events) {
      numbers.add(event.number);
      units.add(event.number, event.borrowed_units);
      last_event = event.number;
    }
    hardest.add(answer.hardest);
    broken = answer.broken;
  }
};

// Takes the answers in their order, up to the one behind which none is complete.
Written write(Pool& pool, const RunOptions& options, JetsFile& file, Summary& summary) {
  Progress progress(!options.quiet);
  Stopwatch watch;
  Written written;
  while (auto answer = pool.next()) {
    if (answer->error != nullptr) std::rethrow_exception(answer->error);
    written.interrupted = answer->interrupted;
    if (written.interrupted) break;
    file.append(answer->pairs);
    written.add(*answer);
    summary.counts += answer->counts;
    summary.times += answer->times;
    progress.show(summary.counts.events);
    if (written.broken) break;
  }
  summary.times.writing += watch.lap();
  return written;
}

}  // namespace

RunResult run(const RunOptions& options) {
  check(options);
  fastjet_version();  // throws where it is another than this was built for
  SimulatorOptions settings;
  settings.backend = options.backend;
  settings.device = options.device;
  settings.library = options.library;
  settings.seed = options.seed;
  const JetSimulator simulator = JetSimulator::load(options.bundle, settings);
  if (interrupted()) throw interruption("nothing was simulated yet");

  const auto began = std::chrono::steady_clock::now();
  Reader reader(options);
  JetsFile file(options.output, stored_constituents(simulator), options.oversample > 1);
  RunResult result;
  Summary& summary = result.summary;
  summary.output = options.output;
  // Without the place of its library, which is of no use elsewhere.
  const std::string backend = simulator.backend();
  summary.backend = backend.substr(0, backend.find(" ("));
  summary.threads = options.threads;
  summary.oversample = options.oversample;

  const std::size_t threads = static_cast<std::size_t>(options.threads);
  JetsOfEvents known;
  std::vector<std::unique_ptr<EventWorker>> workers;
  for (std::size_t i = 0; i < threads; ++i) workers.push_back(std::make_unique<EventWorker>(simulator, options));
  const std::size_t copies = static_cast<std::size_t>(options.oversample);
  Pool pool(std::max(threads, std::min(2 * threads + 2, kCopiesOnTheirWay / copies)));
  Written written;
  {
    Crew crew(pool, reader);
    for (const auto& worker : workers) crew.add([&] { work(pool, *worker, known); });
    crew.add([&] { reader.read(pool); });
    written = write(pool, options, file, summary);
  }
  if (pool.failure() != nullptr) std::rethrow_exception(pool.failure());
  summary.times.reading += reader.seconds();

  const bool interrupted = written.interrupted || reader.interrupted();
  const std::size_t events = summary.counts.events;
  const std::string kept = kept_before(events, options.output);
  if (events == 0) {
    if (written.broken) throw stopped(options.source, written.last_event, *written.broken);
    if (interrupted) throw interruption("nothing was simulated yet");
    throw Error(source_name(options.source) + " has no events", "there is nothing to simulate",
                "give a file with events");
  }
  if (written.broken) {
    result.stopped = stopped(options.source, written.last_event, *written.broken, "; " + kept).what();
  } else if (interrupted) {
    result.stopped = interruption(kept).what();
  } else {
    result.warnings = reader.texts().warnings();
  }
  for (const std::string& warning : {written.numbers.warning(options.source), written.units.warning(options.source)}) {
    if (!warning.empty()) result.warnings.push_back(warning);
  }
  if (summary.counts.jets == 0) {
    result.warnings.push_back(written.hardest.warning(options.source, options.gen_pt_min, options.gen_eta_max));
  }
  summary.complete = result.stopped.empty();
  Stopwatch watch;
  file.finish(provenance(options, simulator, summary, reader.texts().format()));
  summary.times.writing += watch.lap();
  summary.seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - began).count();
  return result;
}

}  // namespace pyjetsim
