// Package apiserver is a model of a Kubernetes API server: resourceVersions and
// conflicts, generations, the status subresource, finalizers, server-side apply of card
// Secrets, and one ordered log of changes per kind, from which every process fills its own
// cache at its own pace. test/integration runs the same operator against the real one;
// conformance_test.go compares the two call by call.
package apiserver
