// Parameters: typed, nested, and none that nobody asked for.
#include <gtest/gtest.h>

#include "framework/parameters.h"
#include "framework/toys.h"

namespace pyjetsim::framework {
namespace {

ParameterSetDescription described() {
  ParameterSetDescription bins;
  bins.add<std::int64_t>("bins", 10);
  ParameterSetDescription description;
  description.add<std::string>("bundle");
  description.add<double>("radius", 0.5);
  description.add<std::vector<double>>("edges", {1, 2});
  description.add("response", bins);
  return description;
}

ParameterSet validated(const ParameterSet& given) { return described().validated(given, "module 'sim' (Sim)"); }

TEST(Parameters, AreThoseGivenAndTheDefaultsOfOthers) {
  const ParameterSet whole = validated(ParameterSet().set("bundle", "b").set("edges", std::vector<double>{3, 4}));
  EXPECT_EQ(whole.getParameter<std::string>("bundle"), "b");
  EXPECT_EQ(whole.getParameter<double>("radius"), 0.5);
  EXPECT_EQ(whole.getParameter<std::vector<double>>("edges"), (std::vector<double>{3, 4}));
  EXPECT_EQ(whole.getParameter<ParameterSet>("response").getParameter<std::int64_t>("bins"), 10);
}

TEST(Parameters, TakeAWholeNumberForANumberAndNotTheReverse) {
  EXPECT_EQ(validated(ParameterSet().set("bundle", "b").set("radius", 1)).getParameter<double>("radius"), 1);
  const ParameterSet given = ParameterSet().set("bundle", "b").set("response", ParameterSet().set("bins", 2.5));
  EXPECT_EQ(error_of([&] { validated(given); }),
            "module 'sim' (Sim): 'response': parameter 'bins' is a number (it must be a whole number): "
            "set it to a whole number");
}

TEST(Parameters, ThatAreUnknownAreRefusedByName) {
  EXPECT_EQ(error_of([] { validated(ParameterSet().set("bundle", "b").set("raduis", 1)); }),
            "module 'sim' (Sim) has no parameter 'raduis' (a misspelt one would be overlooked): "
            "use one of bundle, edges, radius, response");
  const ParameterSet nested = ParameterSet().set("bundle", "b").set("response", ParameterSet().set("bin", 1));
  EXPECT_EQ(error_of([&] { validated(nested); }),
            "module 'sim' (Sim): 'response' has no parameter 'bin' (a misspelt one would be overlooked): "
            "use one of bins");
}

TEST(Parameters, ThatAreMissingOrMistypedAreRefusedByName) {
  EXPECT_EQ(error_of([] { validated(ParameterSet()); }),
            "module 'sim' (Sim): parameter 'bundle' is missing (it has no default): set it to a text");
  EXPECT_EQ(error_of([] { validated(ParameterSet().set("bundle", true)); }),
            "module 'sim' (Sim): parameter 'bundle' is true or false (it must be a text): set it to a text");
}

TEST(Parameters, AreReadAsWhatTheyAre) {
  const ParameterSet whole = validated(ParameterSet().set("bundle", "b"));
  EXPECT_EQ(error_of([&] { whole.getParameter<bool>("radius"); }),
            "module 'sim' (Sim): parameter 'radius' is a number (it is read as true or false): "
            "set it to true or false");
  EXPECT_EQ(error_of([&] { whole.getParameter<bool>("height"); }),
            "module 'sim' (Sim) has no parameter 'height' (it is read there): set it, or describe it with a default");
}

TEST(Modules, OfUnknownTypesAreRefusedWithThoseThatAreThere) {
  CountingSource source(1);
  ProcessConfig config;
  config.path = {{"a", "NoSuchProducer", {}}};
  const std::string error = error_of([&] { EventProcessor(config, source); });
  EXPECT_EQ(error.find("module 'a' (NoSuchProducer) is of no known type"), 0u) << error;
  EXPECT_NE(error.find("SquareProducer, SumAnalyzer"), std::string::npos) << error;
}

TEST(Modules, HaveLabelsThatProductsCanBeFoundBy) {
  CountingSource source(1);
  for (const auto& [first, second] : {std::pair("a", "a"), std::pair("", "b"), std::pair("a:b", "c")}) {
    ProcessConfig config;
    const ParameterSet parameters = ParameterSet().set("input", "source");
    config.path = {{first, "SquareProducer", parameters}, {second, "SquareProducer", parameters}};
    EXPECT_NE(error_of([&] { EventProcessor(config, source); }).find(" labelled '" + std::string(first) + "'"),
              std::string::npos);
  }
}

TEST(Modules, AreRegisteredOnce) {
  EXPECT_NE(error_of([] { ModuleRegistry::instance().add<SquareProducer>("SquareProducer"); }), "");
}

}  // namespace
}  // namespace pyjetsim::framework
