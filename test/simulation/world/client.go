package world

import (
	"context"
	"encoding/json"
	"errors"
	"reflect"
	"time"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"
	applycorev1 "k8s.io/client-go/applyconfigurations/core/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/card-operator/card-operator/internal/app"
	"github.com/card-operator/card-operator/test/simulation/apiserver"
)

// apiTimeout is how long a client waits for an API server that does not answer.
const apiTimeout = 10 * time.Second

// apiClient writes to the API server and reads from the process's caches. A verb that it
// does not have is the nil client's, so that a controller which begins to use one fails
// at once.
type apiClient struct {
	client.Client
	p *Process
}

// Get implements client.Reader from the cache.
func (c apiClient) Get(_ context.Context, name client.ObjectKey, into client.Object, _ ...client.GetOption) error {
	return read(c.p.cache.Find, name, into)
}

// List implements client.Reader from the cache.
func (c apiClient) List(_ context.Context, into client.ObjectList, opts ...client.ListOption) error {
	return list(c.p.cache.All, into, opts)
}

// Status implements client.StatusClient.
func (c apiClient) Status() client.SubResourceWriter { return statusClient{p: c.p} }

type statusClient struct {
	client.SubResourceWriter
	p *Process
}

// Update implements client.SubResourceWriter.
func (c statusClient) Update(_ context.Context, o client.Object, _ ...client.SubResourceUpdateOption) error {
	return c.p.write("update-status", o, func() (client.Object, error) { return c.p.w.API.UpdateStatus(o) })
}

// Patch implements client.Writer.
func (c apiClient) Patch(_ context.Context, o client.Object, patch client.Patch, _ ...client.PatchOption) error {
	data, err := patch.Data(o)
	if err != nil {
		return err
	}
	return c.p.write("patch", o, func() (client.Object, error) { return c.p.w.API.Patch(o, data) })
}

// Delete implements client.Writer.
func (c apiClient) Delete(_ context.Context, o client.Object, opts ...client.DeleteOption) error {
	options := (&client.DeleteOptions{}).ApplyOptions(opts)
	return c.p.write("delete", o, func() (client.Object, error) {
		if options.Preconditions != nil && options.Preconditions.UID != nil {
			return nil, c.p.w.API.Delete(apiserver.KeyOf(o), *options.Preconditions.UID)
		}
		return nil, c.p.w.API.Delete(apiserver.KeyOf(o), "")
	})
}

var errNotASecret = errors.New("the model applies Secrets alone")

// Apply implements client.Writer for Secrets.
func (c apiClient) Apply(_ context.Context, config runtime.ApplyConfiguration, _ ...client.ApplyOption) error {
	wanted, ok := config.(*applycorev1.SecretApplyConfiguration)
	if !ok {
		return errNotASecret
	}
	data, err := json.Marshal(wanted)
	if err != nil {
		return err
	}
	secret := &corev1.Secret{}
	if err := json.Unmarshal(data, secret); err != nil {
		return err
	}
	var stored client.Object
	err = c.p.write("apply", secret, func() (client.Object, error) {
		stored, err = c.p.w.API.ApplySecret(secret)
		return stored, err
	})
	if err == nil {
		version := secret.ResourceVersion
		wanted.ResourceVersion = &version
	}
	return err
}

// apiReader reads from the API server itself.
type apiReader struct{ p *Process }

// Get implements client.Reader.
func (r apiReader) Get(_ context.Context, name client.ObjectKey, into client.Object, _ ...client.GetOption) error {
	key := apiserver.Key{Kind: apiserver.KindOf(into), Namespace: name.Namespace, Name: name.Name}
	return r.p.readCall("get", key.Kind, name.Name, func() error { return read(r.p.w.API.Find, name, into) })
}

// List implements client.Reader.
func (r apiReader) List(_ context.Context, into client.ObjectList, opts ...client.ListOption) error {
	return r.p.readCall("list", apiserver.KindOf(into), "", func() error { return list(r.p.w.API.All, into, opts) })
}

// write makes one mutating call to the API server and copies what it stored into o.
func (p *Process) write(verb string, o client.Object, do func() (client.Object, error)) error {
	call := Call{API, verb, string(apiserver.KindOf(o)) + " " + o.GetName(), true}
	f := p.arrive(call)
	p.travel()
	switch f.Do {
	case FailBefore:
		return apierrors.NewInternalError(errors.New("the API server has a problem"))
	case Conflict:
		return conflict(o)
	case Deny:
		return apierrors.NewForbidden(schema.GroupResource{}, o.GetName(), errors.New("not allowed just now"))
	case Drop:
		p.wait(apiTimeout)
		return context.DeadlineExceeded
	}
	stored, err := do()
	if err == nil {
		p.w.wrote(call)
	}
	p.leave(f)
	switch f.Do {
	case Lose:
		p.wait(apiTimeout)
		return context.DeadlineExceeded
	case FailAfter:
		return apierrors.NewInternalError(errors.New("the API server has a problem"))
	case ConflictAfter:
		return conflict(o)
	}
	p.travel()
	if err == nil && stored != nil {
		apiserver.Assign(o, stored)
	}
	return err
}

func (p *Process) readCall(verb string, kind apiserver.Kind, name string, do func() error) error {
	f := p.arrive(Call{API, verb, string(kind) + " " + name, false})
	p.travel()
	switch f.Do {
	case FailBefore:
		return apierrors.NewInternalError(errors.New("the API server has a problem"))
	case Deny:
		return apierrors.NewForbidden(schema.GroupResource{}, name, errors.New("not allowed just now"))
	case Drop:
		p.wait(apiTimeout)
		return context.DeadlineExceeded
	}
	return do()
}

func conflict(o client.Object) error {
	return apierrors.NewConflict(schema.GroupResource{}, o.GetName(), errors.New("the object has been modified"))
}

// read finds one object.
func read(find func(apiserver.Key) client.Object, name client.ObjectKey, into client.Object) error {
	key := apiserver.Key{Kind: apiserver.KindOf(into), Namespace: name.Namespace, Name: name.Name}
	found := find(key)
	if found == nil {
		return apierrors.NewNotFound(schema.GroupResource{Resource: string(key.Kind)}, name.Name)
	}
	fill(into, found)
	return nil
}

// fill copies an object, or its metadata alone where only those are asked for.
func fill(into, found client.Object) {
	if partial, ok := into.(*metav1.PartialObjectMetadata); ok {
		partial.ObjectMeta = apiserver.Metadata(found)
		return
	}
	apiserver.Assign(into, found)
}

// list copies the objects that the options select.
func list(all func(apiserver.Kind) []client.Object, into client.ObjectList, opts []client.ListOption) error {
	options := (&client.ListOptions{}).ApplyOptions(opts)
	items := reflect.ValueOf(into).Elem().FieldByName("Items")
	items.SetZero()
	for _, o := range all(apiserver.KindOf(into)) {
		if options.Namespace != "" && o.GetNamespace() != options.Namespace || !indexed(o, options) {
			continue
		}
		item := reflect.New(items.Type().Elem())
		copied, ok := item.Interface().(client.Object)
		if !ok {
			return errors.New("a list of something else")
		}
		fill(copied, o)
		items.Set(reflect.Append(items, item.Elem()))
	}
	return nil
}

var indexes = app.Indexes()

// indexed reports whether an object has the indexed values that are asked for.
func indexed(o client.Object, options *client.ListOptions) bool {
	if options.FieldSelector == nil {
		return true
	}
	for _, wanted := range options.FieldSelector.Requirements() {
		for _, index := range indexes {
			if index.Field == wanted.Field && apiserver.KindOf(index.Object) == apiserver.KindOf(o) && index.Value(o) != wanted.Value {
				return false
			}
		}
	}
	return true
}
