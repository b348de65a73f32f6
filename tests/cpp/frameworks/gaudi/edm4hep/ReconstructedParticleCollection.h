#pragma once

#include <cstdint>
#include <vector>

#include "edm4hep/Vectors.h"
#include "podio/ObjectCollection.h"

namespace edm4hep {

class ReconstructedParticle;

struct ReconstructedParticleData {
  std::int32_t PDG = 0;
  float energy = 0, mass = 0;
  Vector3f momentum;
  std::vector<ReconstructedParticle> particles;
};

class ReconstructedParticleGetters : protected podio::Object<ReconstructedParticleData> {
 public:
  std::int32_t getPDG() const { return object_->PDG; }
  float getEnergy() const { return object_->energy; }
  float getMass() const { return object_->mass; }
  const Vector3f& getMomentum() const { return object_->momentum; }
  const std::vector<ReconstructedParticle>& getParticles() const { return object_->particles; }  // podio: a range

 protected:
  using Object::Object;
};

class MutableReconstructedParticle : public ReconstructedParticleGetters {
 public:
  explicit MutableReconstructedParticle(std::shared_ptr<ReconstructedParticleData> object)
      : ReconstructedParticleGetters(std::move(object)) {}
  void setPDG(std::int32_t value) { object_->PDG = value; }
  void setEnergy(float value) { object_->energy = value; }
  void setMass(float value) { object_->mass = value; }
  void setMomentum(Vector3f value) { object_->momentum = value; }
  void addToParticles(const ReconstructedParticle& particle);
};

class ReconstructedParticle : public ReconstructedParticleGetters {
 public:
  ReconstructedParticle(const MutableReconstructedParticle& other) : ReconstructedParticleGetters(other) {}
};

inline void MutableReconstructedParticle::addToParticles(const ReconstructedParticle& particle) {
  object_->particles.push_back(particle);
}

class ReconstructedParticleCollection final
    : public podio::ObjectCollection<ReconstructedParticle, MutableReconstructedParticle, ReconstructedParticleData> {};

}  // namespace edm4hep
