// In EDM4hep each has a header of its own.
#pragma once

namespace edm4hep {

struct Vector3f {
  float x, y, z;
  constexpr Vector3f() : x(0), y(0), z(0) {}
  constexpr Vector3f(float xx, float yy, float zz) : x(xx), y(yy), z(zz) {}
  constexpr Vector3f(const float* v) : x(v[0]), y(v[1]), z(v[2]) {}
};

struct Vector3d {
  double x, y, z;
  constexpr Vector3d() : x(0), y(0), z(0) {}
  constexpr Vector3d(double xx, double yy, double zz) : x(xx), y(yy), z(zz) {}
  constexpr Vector3d(const double* v) : x(v[0]), y(v[1]), z(v[2]) {}
};

}  // namespace edm4hep
