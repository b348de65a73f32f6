// Particles and what is made of them.
#pragma once

#include <cstddef>
#include <vector>

#include "DataFormats/Common/interface/Handle.h"

namespace math {

class XYZPoint {
 public:
  XYZPoint() = default;
  XYZPoint(double x, double y, double z) : x_(x), y_(y), z_(z) {}

  double x() const { return x_; }
  double y() const { return y_; }
  double z() const { return z_; }

 private:
  double x_ = 0, y_ = 0, z_ = 0;
};

class XYZTLorentzVector {
 public:
  XYZTLorentzVector() = default;
  XYZTLorentzVector(double px, double py, double pz, double e) : px_(px), py_(py), pz_(pz), e_(e) {}

  double px() const { return px_; }
  double py() const { return py_; }
  double pz() const { return pz_; }
  double e() const { return e_; }
  XYZTLorentzVector& operator+=(XYZTLorentzVector const& other) {
    px_ += other.px_, py_ += other.py_, pz_ += other.pz_, e_ += other.e_;
    return *this;
  }

 private:
  double px_ = 0, py_ = 0, pz_ = 0, e_ = 0;
};

}  // namespace math

namespace reco {

class Candidate {
 public:
  using Charge = int;
  using LorentzVector = math::XYZTLorentzVector;
  using Point = math::XYZPoint;

  virtual ~Candidate() = default;
  virtual int charge() const = 0;
  virtual const LorentzVector& p4() const = 0;
  virtual double energy() const = 0;
  virtual double px() const = 0;
  virtual double py() const = 0;
  virtual double pz() const = 0;
  virtual int pdgId() const = 0;
};

using CandidatePtr = edm::Ptr<Candidate>;

class LeafCandidate : public Candidate {
 public:
  LeafCandidate() = default;
  LeafCandidate(Charge charge, const LorentzVector& p4, const Point& vertex = Point(0, 0, 0), int pdgId = 0,
                int /*status*/ = 0, bool /*integer_charge*/ = true)
      : charge_(charge), p4_(p4), vertex_(vertex), pdgId_(pdgId) {}

  int charge() const final { return charge_; }
  const LorentzVector& p4() const final { return p4_; }
  double energy() const final { return p4_.e(); }
  double px() const final { return p4_.px(); }
  double py() const final { return p4_.py(); }
  double pz() const final { return p4_.pz(); }
  int pdgId() const final { return pdgId_; }
  void setPdgId(int pdgId) { pdgId_ = pdgId; }

 private:
  Charge charge_ = 0;
  LorentzVector p4_;
  Point vertex_;
  int pdgId_ = 0;
};

class CompositePtrCandidate : public LeafCandidate {
 public:
  using daughters = std::vector<CandidatePtr>;

  using LeafCandidate::LeafCandidate;
  void addDaughter(const CandidatePtr& daughter) { daughters_.push_back(daughter); }
  const daughters& daughterPtrVector() const { return daughters_; }

 private:
  daughters daughters_;
};

}  // namespace reco
