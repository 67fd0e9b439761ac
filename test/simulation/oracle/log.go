package oracle

import (
	"reflect"
	"strings"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/types"

	"github.com/card-operator/card-operator/api/v1alpha1"
	"github.com/card-operator/card-operator/test/simulation/apiserver"
)

// history: a Withdrawal that has ended stays as it ended. One whose status people wiped, or
// brought back from a backup, begins anew.
func (j *judge) history() {
	ended := map[types.UID]string{}
	for _, change := range j.w.API.Log("Withdrawal") {
		wd, ok := change.After.(*v1alpha1.Withdrawal)
		if !ok {
			continue
		}
		if j.people.Restored[wd.ResourceVersion] {
			delete(ended, wd.UID)
		}
		was := ended[wd.UID]
		if was != "" && wd.Status.State != was {
			j.object(Final, "Withdrawal %s ended as %s and became %q", wd.Name, was, wd.Status.State)
		}
		if wd.Status.State == "Closed" || wd.Status.State == "Fail" {
			ended[wd.UID] = wd.Status.State
		}
	}
}

// secrets: card numbers and credentials are in Secrets and nowhere else.
func (j *judge) secrets() {
	j.foreignSecrets()
	for _, line := range j.w.Said {
		j.search("a log line or an Event", line)
	}
	for _, r := range j.w.Audit {
		j.search("an audit record", r.Detail+r.Reference+r.Amount)
	}
	for _, kind := range []apiserver.Kind{"CardIssuer", "VirtualCard", "Withdrawal", "Budget", "Beneficiary"} {
		for _, change := range j.w.API.Log(kind) {
			if change.After != nil { // every status there ever was, not the last alone
				texts(reflect.ValueOf(change.After).Elem(), func(text string) { j.search(string(kind)+" "+change.Key.Name, text) })
			}
		}
	}
}

// search looks for secrets in a text.
func (j *judge) search(where, text string) {
	for _, needle := range j.needles {
		if len(text) >= len(needle) && strings.Contains(text, needle) {
			j.object(NoLeak, "a secret is in %s", where)
		}
	}
}

// foreignSecrets: what belongs to somebody else is as it was.
func (j *judge) foreignSecrets() {
	for name, text := range j.people.Foreign {
		o, _ := j.w.API.Find(apiserver.Key{Kind: "Secret", Namespace: namespace, Name: name}).(*corev1.Secret)
		if o == nil || string(o.Data["pan"]) != text {
			j.object(NoLeak, "the Secret %s of somebody else was touched", name)
		}
	}
}

// texts hands over every text in a value.
func texts(v reflect.Value, look func(string)) {
	if v.Type().PkgPath() == "time" {
		return
	}
	switch v.Kind() {
	case reflect.String:
		look(v.String())
	case reflect.Pointer:
		if !v.IsNil() {
			texts(v.Elem(), look)
		}
	case reflect.Struct:
		for i := range v.NumField() {
			texts(v.Field(i), look)
		}
	case reflect.Slice:
		for i := range v.Len() {
			texts(v.Index(i), look)
		}
	case reflect.Map:
		for _, key := range v.MapKeys() {
			texts(v.MapIndex(key), look)
		}
	}
}
