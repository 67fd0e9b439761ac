package app

import (
	"context"
	"net/http"
	"net/http/httptest"
	"testing"
)

// filling are caches that are filled, or not yet.
type filling bool

func (f filling) WaitForCacheSync(ctx context.Context) bool {
	if !f {
		<-ctx.Done()
	}
	return bool(f)
}

func TestAReplicaIsReadyOnceItsCachesAreFilled(t *testing.T) {
	probe := httptest.NewRequest(http.MethodGet, "/readyz", http.NoBody)
	if err := filled(filling(true))(probe); err != nil {
		t.Error(err)
	}
	if err := filled(filling(false))(probe); err == nil {
		t.Error("it could not take over")
	}
}
