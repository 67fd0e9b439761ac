package apiserver

import (
	"encoding/json"
	"fmt"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"time"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/equality"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/card-operator/card-operator/api/v1alpha1"
)

// Server holds the objects. What it stores is never changed afterwards, so readers share
// it; every write stores a new copy.
type Server struct {
	// Now is the time of creations and deletions.
	Now func() time.Time
	// Changed is told of every change, after it.
	Changed func(Change)

	objects map[Key]client.Object
	log     map[Kind][]Change
	version int64
	born    int64
}

// Change is one entry of the log of a kind.
type Change struct {
	Key     Key
	Version int64
	At      time.Time
	// Before is nil for a creation, After for a removal.
	Before, After client.Object
}

// New returns an empty server.
func New(now func() time.Time) *Server {
	return &Server{Now: now, objects: map[Key]client.Object{}, log: map[Kind][]Change{}}
}

// Log is what happened to a kind, in order.
func (s *Server) Log(kind Kind) []Change { return s.log[kind] }

// Find is the object as it is stored, nil when there is none. It must not be changed.
func (s *Server) Find(key Key) client.Object { return s.objects[key] }

// All are the objects of a kind by name, as they are stored.
func (s *Server) All(kind Kind) []client.Object {
	var found []client.Object
	for key, o := range s.objects {
		if key.Kind == kind {
			found = append(found, o)
		}
	}
	slices.SortFunc(found, ByName)
	return found
}

// ByName orders objects.
func ByName(a, b client.Object) int {
	if c := strings.Compare(a.GetNamespace(), b.GetNamespace()); c != 0 {
		return c
	}
	return strings.Compare(a.GetName(), b.GetName())
}

func (s *Server) store(before, after client.Object) {
	s.version++
	subject := after
	if subject == nil {
		subject = before
	}
	change := Change{Key: KeyOf(subject), Version: s.version, At: s.Now(), Before: before, After: after}
	if after == nil {
		delete(s.objects, change.Key)
	} else {
		after.SetResourceVersion(strconv.FormatInt(s.version, 10))
		s.objects[change.Key] = after
	}
	s.log[change.Key.Kind] = append(s.log[change.Key.Kind], change)
	if s.Changed != nil {
		s.Changed(change)
	}
}

// Create stores a new object; the status that it brings along is dropped.
func (s *Server) Create(o client.Object) (client.Object, error) {
	key := KeyOf(o)
	if s.objects[key] != nil {
		return nil, apierrors.NewAlreadyExists(key.resource(), key.Name)
	}
	s.born++
	made := clone(o)
	made.SetUID(types.UID(fmt.Sprintf("00000000-0000-4000-8000-%012d", s.born)))
	made.SetCreationTimestamp(metav1.NewTime(s.Now().Truncate(time.Second)))
	if key.Kind != "Secret" {
		made.SetGeneration(1)
	}
	if status := part(made, "Status"); status.IsValid() {
		status.SetZero()
	}
	s.store(nil, made)
	return made, nil
}

// Update stores everything but the status.
func (s *Server) Update(o client.Object) (client.Object, error) {
	live, err := s.writable(o)
	if err != nil {
		return nil, err
	}
	next := clone(o)
	if status := part(next, "Status"); status.IsValid() {
		status.Set(part(clone(live), "Status"))
	}
	return s.commit(live, next)
}

// UpdateStatus stores the status alone.
func (s *Server) UpdateStatus(o client.Object) (client.Object, error) {
	live, err := s.writable(o)
	if err != nil {
		return nil, err
	}
	next := clone(live)
	part(next, "Status").Set(part(clone(o), "Status"))
	return s.commit(live, next)
}

// Patch stores a merge patch of everything but the status.
func (s *Server) Patch(o client.Object, data []byte) (client.Object, error) {
	live := s.objects[KeyOf(o)]
	if live == nil {
		return nil, KeyOf(o).notFound()
	}
	next := clone(live)
	if err := json.Unmarshal(data, next); err != nil {
		return nil, apierrors.NewBadRequest(err.Error())
	}
	return s.Update(next)
}

// writable is the live object that a write is meant for.
func (s *Server) writable(o client.Object) (client.Object, error) {
	key := KeyOf(o)
	live := s.objects[key]
	switch {
	case live == nil:
		return nil, key.notFound()
	case o.GetUID() != "" && o.GetUID() != live.GetUID():
		return nil, key.conflict("the UID in the precondition does not match")
	case o.GetResourceVersion() == "" && key.Kind != "Secret":
		return nil, apierrors.NewInvalid(v1alpha1.GroupVersion.WithKind(string(key.Kind)).GroupKind(), key.Name, nil)
	case o.GetResourceVersion() != "" && o.GetResourceVersion() != live.GetResourceVersion():
		return nil, key.conflict("the object has been modified")
	}
	return live, nil
}

// commit stores next in place of live, unless nothing has changed.
func (s *Server) commit(live, next client.Object) (client.Object, error) {
	next.SetGeneration(live.GetGeneration())
	next.SetResourceVersion(live.GetResourceVersion())
	next.SetDeletionTimestamp(live.GetDeletionTimestamp())
	if spec := part(next, "Spec"); spec.IsValid() &&
		!same(spec.Interface(), part(live, "Spec").Interface()) {
		next.SetGeneration(live.GetGeneration() + 1)
	}
	if same(live, next) {
		return live, nil
	}
	if next.GetDeletionTimestamp() != nil && len(next.GetFinalizers()) == 0 {
		s.store(live, nil)
		return next, nil
	}
	s.store(live, next)
	return next, nil
}

// same is quick where nothing at all changed.
func same(a, b any) bool { return reflect.DeepEqual(a, b) || equality.Semantic.DeepEqual(a, b) }

// Delete removes an object, or marks it while finalizers hold it. uid may be empty.
func (s *Server) Delete(key Key, uid types.UID) error {
	live := s.objects[key]
	switch {
	case live == nil:
		return key.notFound()
	case uid != "" && uid != live.GetUID():
		return key.conflict("the UID in the precondition does not match")
	case len(live.GetFinalizers()) == 0:
		s.store(live, nil)
	case live.GetDeletionTimestamp() == nil:
		next := clone(live)
		now := metav1.NewTime(s.Now().Truncate(time.Second))
		next.SetDeletionTimestamp(&now)
		next.SetGeneration(live.GetGeneration() + 1)
		s.store(live, next)
	}
	return nil
}

// CollectGarbage removes the Secrets whose owners are gone.
func (s *Server) CollectGarbage() {
	for _, o := range s.All("Secret") {
		owner := metav1.GetControllerOf(o)
		if owner == nil {
			continue
		}
		live := s.objects[Key{Kind(owner.Kind), o.GetNamespace(), owner.Name}]
		if live == nil || live.GetUID() != owner.UID {
			s.store(o, nil)
		}
	}
}

// ApplySecret is server-side apply of a Secret by the one manager that applies Secrets:
// its data is replaced as a whole. The rules that the operator relies on are kept: the
// type is fixed, a Secret of somebody else with a controlling owner cannot get another, a
// UID that is not the live one is refused.
func (s *Server) ApplySecret(wanted *corev1.Secret) (client.Object, error) {
	key := KeyOf(wanted)
	live, exists := s.objects[key].(*corev1.Secret)
	if !exists {
		if wanted.UID != "" {
			return nil, key.conflict("the UID in the precondition does not match")
		}
		return s.Create(wanted)
	}
	ours := live.Labels[v1alpha1.LabelManagedBy] == "true"
	if wanted.UID != "" && wanted.UID != live.UID || wanted.Type != live.Type || !ours && otherOwner(live, wanted) {
		return nil, apierrors.NewInvalid(corev1.SchemeGroupVersion.WithKind("Secret").GroupKind(), key.Name, nil)
	}
	next := clone(live)
	next.Data, next.OwnerReferences = wanted.Data, wanted.OwnerReferences
	if next.Labels == nil {
		next.Labels = map[string]string{}
	}
	for name, value := range wanted.Labels {
		next.Labels[name] = value
	}
	return s.commit(live, next)
}

func otherOwner(live, wanted *corev1.Secret) bool {
	was, is := metav1.GetControllerOf(live), metav1.GetControllerOf(wanted)
	return was != nil && is != nil && was.UID != is.UID
}
