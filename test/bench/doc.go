// Command bench measures the operator against a real kube-apiserver and etcd and a card
// issuer that takes its time and refuses what comes too fast: how long until N cards are
// Ready, how long a new one waits beside N others, and what the operator costs meanwhile.
// Beside it runs a plain controller that polls each object, and whatever else is named
// with -command. See docs/benchmarks.md, which it writes.
//
// Only counts and ratios mean something elsewhere; seconds are those of the machine.
package main
