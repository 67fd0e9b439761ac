package main

import (
	"bytes"
	"context"
	"fmt"
	"math"
	"os"
	"strings"
	"text/template"
	"time"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"

	"github.com/card-operator/card-operator/internal/controlplane"
)

// contestant is a controller that is measured.
type contestant struct {
	name string
	// command runs it; KUBECONFIG and ISSUER_URL are set.
	command []string
	// metrics is where it tells its goroutines; "" where it does not.
	metrics string
	// template is the manifest of one object.
	template string
	// most is the largest number of cards that it is measured with.
	most int
}

const card = `
apiVersion: card-operator.io/v1alpha1
kind: VirtualCard
metadata: {name: "{{.Name}}", namespace: "{{.Namespace}}"}
spec:
  issuerRef: {name: bank, namespace: bench}
  type: Prepaid
  bin: "493193"
  funding: "10.00"
  cardholder: {firstName: Ada, lastName: Lovelace, email: ada@example.com, phone: {countryCode: "1", number: "2025550123"}}
  secret: {}
`

func contestants(s settings, p programs) []contestant {
	list := []contestant{{name: "card-operator", template: card, most: math.MaxInt}}
	if s.naiveMax > 0 {
		list = append(list, contestant{
			name: "plain polling", command: []string{p.naive}, metrics: "127.0.0.1:18089", template: card, most: s.naiveMax,
		})
	}
	if s.command != "" {
		text, _ := os.ReadFile(s.template)
		list = append(list, contestant{name: strings.Fields(s.command)[0], command: strings.Fields(s.command), template: string(text), most: math.MaxInt})
	}
	return list
}

// run starts it on a field. The operator runs as its own ServiceAccount, with exactly
// config/rbac.
func (c *contestant) run(ctx context.Context, s settings, f *field, p programs) (*process, error) {
	if len(c.command) > 0 {
		kubeconfig := f.logs + "/admin"
		if err := controlplane.WriteKubeconfig(kubeconfig, f.plane.Admin, ""); err != nil {
			return nil, err
		}
		return start(f.logs, "controller", []string{"KUBECONFIG=" + kubeconfig, "ISSUER_URL=" + f.issuer.url, "ISSUER_ACCOUNT=" + account,
			"ISSUER_CLIENT=" + clientID, "ISSUER_SECRET=" + clientSecret, "ISSUER_TOKEN=" + token, "METRICS=" + c.metrics}, c.command[0], c.command[1:]...)
	}
	address, err := freeAddress(ctx)
	if err != nil {
		return nil, err
	}
	c.metrics = address
	return start(f.logs, "controller", nil, p.manager, "--kubeconfig="+f.kubeconfig, "--allowed-issuer-hosts="+strings.TrimPrefix(f.issuer.url, "http://"),
		"--health-probe-bind-address=0", "--metrics-bind-address="+address, "--metrics-secure=false", "--leader-elect=false", "--pprof-bind-address="+s.pprof)
}

func (c *contestant) usage(ctx context.Context, p *process) usage {
	return usageOf(ctx, p.cmd.Process.Pid, "http://"+c.metrics+"/metrics")
}

// object is the manifest of one card.
func (c *contestant) object(space, name string, number int) (*unstructured.Unstructured, error) {
	t, err := template.New("manifest").Parse(c.template)
	if err != nil {
		return nil, err
	}
	var text bytes.Buffer
	if err := t.Execute(&text, map[string]any{"Namespace": space, "Name": name, "Number": number}); err != nil {
		return nil, err
	}
	objects, err := controlplane.ParseManifests(text.Bytes())
	if err != nil {
		return nil, err
	}
	if len(objects) != 1 {
		return nil, fmt.Errorf("the template has %d objects; one is wanted", len(objects))
	}
	return objects[0], nil
}

// limit is how long a round may take: ten times what the issuer's pace asks for.
func limit(s settings, n int) time.Duration {
	return 3*time.Minute + time.Duration(10*4*float64(n)/s.rate*float64(time.Second))
}
