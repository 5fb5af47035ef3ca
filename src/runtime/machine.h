#pragma once

namespace weft::runtime {

/// What one core of this machine does at best, measured once (some 50 ms).
struct MachineSpeed {
  double flops = 0;  ///< per ns, in a matrix product that fits the caches
  double bytes = 0;  ///< per ns, in a + s·b over arrays of 64 MB
};
const MachineSpeed& machine_speed();

}  // namespace weft::runtime
