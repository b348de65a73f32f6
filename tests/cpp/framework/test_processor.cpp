// The event loop: the same events in the same order on any number of threads, in bounded memory.
#include <gtest/gtest.h>

#include <csignal>
#include <numeric>

#include "framework/toys.h"

namespace pyjetsim::framework {
namespace {

constexpr int kEvents = 300;
constexpr long kSumOfSquares = 9045050;  // of 1 to 300

class OnThreads : public testing::TestWithParam<unsigned> {
 protected:
  void SetUp() override { Calls::reset(); }
};
INSTANTIATE_TEST_SUITE_P(One, OnThreads, testing::Values(1u));
INSTANTIATE_TEST_SUITE_P(Two, OnThreads, testing::Values(2u));
INSTANTIATE_TEST_SUITE_P(Four, OnThreads, testing::Values(4u));

TEST_P(OnThreads, EveryEventIsWrittenOnceInTheOrderOfTheSource) {
  CountingSource source(kEvents);
  KeepingOutput output;
  EventProcessor processor(squares_of(GetParam(), ParameterSet().set("uneven", true)), source, {&output});
  const Summary& summary = processor.run();
  ASSERT_EQ(output.events.size(), std::size_t{kEvents});
  for (std::size_t i = 0; i < output.events.size(); ++i) {
    ASSERT_EQ(output.events[i], i + 1);
    ASSERT_EQ(output.squares[i], static_cast<long>((i + 1) * (i + 1)));
  }
  EXPECT_EQ(summary.events, std::size_t{kEvents});
  EXPECT_FALSE(summary.stopped);
  EXPECT_EQ(output.begun, 1);
  EXPECT_EQ(output.ended, 1);
}

TEST_P(OnThreads, ResultsOfStreamsAddUpAndOneCacheServesAll) {
  CountingSource source(kEvents);
  EventProcessor(squares_of(GetParam()), source).run();
  EXPECT_EQ(Calls::sum_of_job, kSumOfSquares);
  EXPECT_EQ(Calls::caches, 1);
  EXPECT_EQ(Calls::ended_jobs, 1);
}

TEST_P(OnThreads, NoMoreEventsAreInFlightThanAllowed) {
  struct Watched : CountingSource, OutputModule {
    Watched() : CountingSource(kEvents) {}
    bool next(EventPrincipal& event) override {
      most = std::max(most, ++in_flight);
      return CountingSource::next(event);
    }
    void write(const Event&) override { --in_flight; }
    std::atomic<int> in_flight{0};
    int most = 0;
  } watched;
  ProcessConfig config = squares_of(GetParam(), ParameterSet().set("uneven", true));
  config.events_in_flight = 5;
  EventProcessor(config, watched, {&watched}).run();
  EXPECT_LE(watched.most, 6);  // the last of them while it is written
}

TEST_P(OnThreads, AStopFinishesWhatIsInFlight) {
  struct Stopping : KeepingOutput {
    void write(const Event& event) override {
      KeepingOutput::write(event);
      if (event.id().event == 20) processor->stop();
    }
    EventProcessor* processor = nullptr;
  } output;
  CountingSource source(kEvents);
  EventProcessor processor(squares_of(GetParam()), source, {&output});
  output.processor = &processor;
  const Summary& summary = processor.run();
  EXPECT_TRUE(summary.stopped);
  EXPECT_LT(source.read(), kEvents);
  EXPECT_EQ(output.events.size(), static_cast<std::size_t>(source.read()));
  EXPECT_EQ(output.events.back(), static_cast<std::uint64_t>(source.read()));
  EXPECT_EQ(output.ended, 1);
  EXPECT_EQ(Calls::ended_jobs, 1);
}

EventProcessor* interrupted = nullptr;

TEST_P(OnThreads, ASignalHandlerMayStopIt) {
  struct Interrupting : KeepingOutput {
    void write(const Event& event) override {
      KeepingOutput::write(event);
      if (event.id().event == 10) std::raise(SIGINT);
    }
  } output;
  CountingSource source(kEvents);
  EventProcessor processor(squares_of(GetParam()), source, {&output});
  interrupted = &processor;
  const auto before = std::signal(SIGINT, [](int) { interrupted->stop(); });
  EXPECT_TRUE(processor.run().stopped);
  std::signal(SIGINT, before);
  EXPECT_EQ(output.events.size(), static_cast<std::size_t>(source.read()));
}

TEST_P(OnThreads, TheSummaryHasTheTimeOfEachModuleInEachStream) {
  CountingSource source(50);
  EventProcessor processor(squares_of(GetParam(), ParameterSet().set("uneven", true)), source);
  const Summary& summary = processor.run();
  ASSERT_EQ(summary.modules.size(), 2u);
  const std::vector<double>& seconds = summary.modules[0].seconds;
  EXPECT_EQ(summary.modules[0].module.label, "square");
  EXPECT_EQ(seconds.size(), GetParam());
  // Of 50 events 8 take 2 ms and the rest 0.05 ms.
  EXPECT_GE(std::accumulate(seconds.begin(), seconds.end(), 0.0), 8 * 2e-3 + 42 * 50e-6);
  for (const double each : seconds) EXPECT_LE(each, summary.seconds);
}

TEST_P(OnThreads, WithoutEventsModulesBeginAndEndAllTheSame) {
  CountingSource source(0);
  KeepingOutput output;
  EventProcessor processor(squares_of(GetParam()), source, {&output});
  EXPECT_EQ(processor.run().events, 0u);
  EXPECT_EQ(output.ended, 1);
  EXPECT_EQ(Calls::ended_jobs, 1);
}

TEST(AJob, MayHaveMoreThreadsThanEvents) {
  Calls::reset();
  CountingSource source(2);
  KeepingOutput output;
  EXPECT_EQ(EventProcessor(squares_of(16), source, {&output}).run().events, 2u);
  EXPECT_EQ(output.squares, (std::vector<long>{1, 4}));
  EXPECT_EQ(Calls::sum_of_job, 5);
}

TEST(AJob, ThatIsStoppedBeforeItRunsReadsNothing) {
  CountingSource source(10);
  EventProcessor processor(squares_of(2), source);
  processor.stop();
  EXPECT_TRUE(processor.run().stopped);
  EXPECT_EQ(source.read(), 0);
}

TEST(AJob, RunsOnceAndOnThreads) {
  CountingSource source(1);
  EventProcessor processor(squares_of(1), source);
  processor.run();
  EXPECT_NE(error_of([&] { processor.run(); }).find("this job has run"), std::string::npos);
  EXPECT_NE(error_of([&] { EventProcessor(squares_of(0), source); }).find("the job has 0 threads"), std::string::npos);
}

}  // namespace
}  // namespace pyjetsim::framework
