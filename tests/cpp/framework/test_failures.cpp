// What fails stops the job, is named, and leaves everything before it whole, on any number of threads.
#include <gtest/gtest.h>

#include <new>

#include "framework/module.h"
#include "framework/toys.h"

namespace pyjetsim::framework {
namespace {

constexpr int kEvents = 200;

class Failures : public testing::TestWithParam<unsigned> {
 protected:
  void SetUp() override { Calls::reset(); }

  std::string run(const ProcessConfig& config, CountingSource& source) {
    return error_of([&] { EventProcessor(config, source, {&output}).run(); });
  }
  void expect_written_until(std::size_t last) {
    ASSERT_EQ(output.events.size(), last);
    for (std::size_t i = 0; i < last; ++i) ASSERT_EQ(output.events[i], i + 1);
    EXPECT_EQ(output.ended, 1);
    EXPECT_EQ(Calls::ended_jobs, 1);
  }

  KeepingOutput output;
};
INSTANTIATE_TEST_SUITE_P(One, Failures, testing::Values(1u));
INSTANTIATE_TEST_SUITE_P(Two, Failures, testing::Values(2u));
INSTANTIATE_TEST_SUITE_P(Four, Failures, testing::Values(4u));

TEST_P(Failures, OfAModuleNameItAndTheEventAndTheEarliestCounts) {
  CountingSource source(kEvents);
  // Event 50 takes 40 times as long as 51 and 52, which thus fail first.
  const ParameterSet square = ParameterSet().set("fails_at", std::vector<std::int64_t>{52, 50, 51}).set("uneven", true);
  EXPECT_EQ(run(squares_of(GetParam(), square), source),
            "run 1, luminosity block 2, event 50: module 'square' (SquareProducer): it failed with 'it is 50' "
            "(the job stops; events before it are written): correct it, or leave out what it fails at");
  expect_written_until(49);
  EXPECT_LT(source.read(), kEvents);
}

TEST_P(Failures, OfProductsNameModuleLabelTypeAndEvent) {
  CountingSource source(kEvents);
  ProcessConfig config = squares_of(GetParam());
  config.path[1].parameters.set("input", "source");
  EXPECT_EQ(
      run(config, source),
      "run 1, luminosity block 2, event 1: module 'sum' (SumAnalyzer): there is no product 'source' of type long, "
      "the one of this name is int (it is read here): name a product of that type, or get it as what it is");
  expect_written_until(0);
}

TEST_P(Failures, OfTheSourceLeaveTheEventsBeforeIt) {
  CountingSource source(kEvents, 30);
  EXPECT_EQ(run(squares_of(GetParam()), source),
            "event 30 of the job: the source: it failed with 'the disk is gone' "
            "(the job stops; what came before is written): correct it, or leave out what it fails at");
  expect_written_until(29);
}

TEST_P(Failures, OfAnOutputStopTheWriting) {
  CountingSource source(kEvents);
  KeepingOutput full(31);
  const std::string error = error_of([&] { EventProcessor(squares_of(GetParam()), source, {&full}).run(); });
  EXPECT_NE(error.find("event 31: module 'output' (pyjetsim::framework::KeepingOutput): it failed with 'the disk is "
                       "full'"),
            std::string::npos)
      << error;
  EXPECT_EQ(full.events.size(), 30u);
  EXPECT_EQ(full.ended, 1);
  EXPECT_EQ(Calls::ended_jobs, 1);
}

TEST_P(Failures, AtTheEndOfAStreamEndTheOthersAllTheSame) {
  CountingSource source(10);
  EXPECT_NE(run(squares_of(GetParam(), {}, ParameterSet().set("fails", "end")), source)
                .find("end of stream 0: module 'sum' (SumAnalyzer): it failed with 'in end'"),
            std::string::npos);
  expect_written_until(10);
  EXPECT_EQ(Calls::sum_of_job, 385);  // each stream added its own before it failed
}

TEST_P(Failures, AtTheEndOfTheJobEndTheOthersAllTheSame) {
  CountingSource source(10);
  const ParameterSet failing = ParameterSet().set("fails", "end of job");
  ProcessConfig config = squares_of(GetParam(), {}, failing);
  config.path.push_back(config.path.back());
  config.path.back().label = "again";
  EXPECT_EQ(run(config, source),
            "end of the job: module 'sum' (SumAnalyzer): it failed with 'in end of job' (its results are not whole): "
            "correct it, or leave out what it fails at");
  EXPECT_EQ(Calls::ended_jobs, 2);
  EXPECT_EQ(output.ended, 1);
}

TEST_P(Failures, OfOutputsAtBeginAndEndNameThem) {
  struct Failing : KeepingOutput {
    explicit Failing(bool fails_first) : at_begin(fails_first) {}
    void beginJob() override {
      if (at_begin) throw std::runtime_error("in begin");
    }
    void endJob() override { throw std::runtime_error("in end"); }
    const bool at_begin;
  };
  CountingSource source(10);
  for (const bool at_begin : {true, false}) {
    Failing failing(at_begin);
    const std::string error =
        error_of([&] { EventProcessor(squares_of(GetParam()), source, {&output, &failing}).run(); });
    EXPECT_EQ(error.find(at_begin ? "begin of the job: module 'output' (" : "end of the job: module 'output' ("), 0u)
        << error;
    EXPECT_NE(error.find(at_begin ? "it failed with 'in begin'" : "it failed with 'in end'"), std::string::npos);
    EXPECT_EQ(source.read(), at_begin ? 0 : 10);
  }
  EXPECT_EQ(output.ended, 2);
}

TEST_P(Failures, OfACacheAreKnownBeforeTheJob) {
  CountingSource source(10);
  EXPECT_NE(run(squares_of(GetParam(), {}, ParameterSet().set("fails", "cache")), source)
                .find("begin of the job: module 'sum' (SumAnalyzer): it failed with 'in cache' (no event is read)"),
            std::string::npos);
  EXPECT_EQ(source.read(), 0);
  EXPECT_EQ(output.begun, 0);
}

TEST_P(Failures, OfAnInstanceReadNoEvent) {
  CountingSource source(10);
  EXPECT_NE(run(squares_of(GetParam(), {}, ParameterSet().set("fails", "constructor")), source)
                .find("stream 0: module 'sum' (SumAnalyzer): it failed with 'in constructor' (no event is read)"),
            std::string::npos);
  EXPECT_EQ(source.read(), 0);
  expect_written_until(0);
}

TEST(AFailure, WhileStreamsBeginEndsThoseThatBegan) {
  Calls::reset();
  CountingSource source(10);
  EventProcessor processor(squares_of(2, {}, ParameterSet().set("fails", "begin of stream 1")), source);
  EXPECT_NE(error_of([&] { processor.run(); }).find("begin of stream 1: module 'sum'"), std::string::npos);
  EXPECT_EQ(source.read(), 0);
  EXPECT_EQ(Calls::ended_jobs, 1);
}

TEST(AFailure, IsKeptAsItWasThrown) {
  try {
    try {
      throw std::bad_alloc();
    } catch (...) {
      throw ModuleError("event 1", "module 'a' (A)", "the job stops");
    }
  } catch (const ModuleError& error) {
    EXPECT_THROW(std::rethrow_exception(error.cause()), std::bad_alloc);
  }
}

TEST(AFailure, OfAnErrorKeepsItsParts) {
  try {
    try {
      throw Error("x is 3", "it must be 4", "add 1");
    } catch (...) {
      throw ModuleError("event 1", "module 'a' (A)", "the job stops");
    }
  } catch (const Error& error) {
    EXPECT_STREQ(error.what(), "event 1: module 'a' (A): x is 3 (it must be 4): add 1");
    EXPECT_EQ(error.todo(), "add 1");
  }
}

TEST(AFailure, MayBeAnything) {
  try {
    try {
      throw 5;
    } catch (...) {
      throw ModuleError("event 1", "module 'a' (A)", "the job stops");
    }
  } catch (const Error& error) {
    EXPECT_EQ(error.wrong(), "event 1: module 'a' (A): it threw something that is no std::exception");
  }
}

}  // namespace
}  // namespace pyjetsim::framework
