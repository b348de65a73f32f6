#pragma once

#include <cstdint>

#include "edm4hep/Vectors.h"
#include "podio/ObjectCollection.h"

namespace edm4hep {

struct MCParticleData {
  std::int32_t PDG = 0, generatorStatus = 0;
  double mass = 0;
  Vector3d momentum;
};

class MCParticleGetters : protected podio::Object<MCParticleData> {
 public:
  std::int32_t getPDG() const { return object_->PDG; }
  std::int32_t getGeneratorStatus() const { return object_->generatorStatus; }
  double getMass() const { return object_->mass; }
  const Vector3d& getMomentum() const { return object_->momentum; }

 protected:
  using Object::Object;
};

class MutableMCParticle : public MCParticleGetters {
 public:
  explicit MutableMCParticle(std::shared_ptr<MCParticleData> object) : MCParticleGetters(std::move(object)) {}
  void setPDG(std::int32_t value) { object_->PDG = value; }
  void setGeneratorStatus(std::int32_t value) { object_->generatorStatus = value; }
  void setMass(double value) { object_->mass = value; }
  void setMomentum(Vector3d value) { object_->momentum = value; }
};

class MCParticle : public MCParticleGetters {
 public:
  MCParticle(const MutableMCParticle& other) : MCParticleGetters(other) {}
};

class MCParticleCollection final : public podio::ObjectCollection<MCParticle, MutableMCParticle, MCParticleData> {};

}  // namespace edm4hep
