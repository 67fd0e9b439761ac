package fault

import (
	"encoding/json"
	"net/http"
)

// Admin serves /sandbox/faults; the package comment has the contract.
func (p *Plan) Admin() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("POST /sandbox/faults", p.post)
	mux.HandleFunc("GET /sandbox/faults", p.get)
	mux.HandleFunc("DELETE /sandbox/faults", p.remove)
	mux.HandleFunc("DELETE /sandbox/faults/{id}", p.remove)
	return mux
}

func (p *Plan) post(w http.ResponseWriter, r *http.Request) {
	rules, err := Load(http.MaxBytesReader(w, r.Body, maxBody))
	if err != nil {
		answer(w, http.StatusBadRequest, map[string]string{"message": err.Error()})
		return
	}
	ids, err := p.Add(rules...)
	if err != nil {
		answer(w, http.StatusBadRequest, map[string]string{"message": err.Error()})
		return
	}
	answer(w, http.StatusCreated, map[string][]string{"ids": ids})
}

func (p *Plan) get(w http.ResponseWriter, _ *http.Request) {
	answer(w, http.StatusOK, map[string][]Hit{"faults": p.Hits()})
}

func (p *Plan) remove(w http.ResponseWriter, r *http.Request) {
	removed := p.Remove(r.PathValue("id"))
	if removed == 0 && r.PathValue("id") != "" {
		answer(w, http.StatusNotFound, map[string]string{"message": "no such rule"})
		return
	}
	answer(w, http.StatusOK, map[string]int{"removed": removed})
}

func answer(w http.ResponseWriter, status int, body any) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(body) // a client that has left needs no answer
}
