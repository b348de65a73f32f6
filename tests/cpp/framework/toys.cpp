#include "framework/toys.h"

namespace pyjetsim::framework {

DEFINE_FWK_MODULE(SquareProducer);
DEFINE_FWK_MODULE(SumAnalyzer);

}  // namespace pyjetsim::framework
