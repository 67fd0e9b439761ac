package transport

import "net/netip"

// reach is how far from the public internet an issuer's address may lie.
type reach int

// Reaches, each including the one before it. Link-local addresses, where clouds keep
// their metadata services, are within none.
const (
	reachNone     reach = iota
	reachPublic         // globally routed addresses
	reachLoopback       // this machine as well
	reachPrivate        // RFC 1918, unique local and carrier-grade NAT as well
)

var (
	privateNets = prefixes("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "100.64.0.0/10", "fc00::/7")
	// neverNets are not addresses of servers, or hide another address inside.
	neverNets = prefixes(
		"0.0.0.0/8", "169.254.0.0/16", "192.0.0.0/24", "192.0.2.0/24", "198.18.0.0/15",
		"198.51.100.0/24", "203.0.113.0/24", "224.0.0.0/3",
		"::/128", "64:ff9b::/96", "64:ff9b:1::/48", "100::/64", "2001::/23", "2001:db8::/32",
		"2002::/16", "fe80::/10", "fec0::/10", "ff00::/8",
	)
)

// covers reports whether a dial to addr is within reach.
func (r reach) covers(addr netip.Addr) bool {
	addr = addr.Unmap().WithZone("")
	switch {
	case !addr.IsValid() || within(addr, neverNets):
		return false
	case addr.IsLoopback():
		return r >= reachLoopback
	case within(addr, privateNets):
		return r >= reachPrivate
	}
	return r >= reachPublic
}

// isLocal reports whether host names this machine and nothing else.
func isLocal(host string) bool {
	if host == "localhost" {
		return true
	}
	addr, err := netip.ParseAddr(host)
	return err == nil && addr.Unmap().IsLoopback()
}

func within(addr netip.Addr, nets []netip.Prefix) bool {
	for _, n := range nets {
		if n.Contains(addr) {
			return true
		}
	}
	return false
}

// prefixes parses constants; a malformed one is caught by the test of this file.
func prefixes(texts ...string) []netip.Prefix {
	nets := make([]netip.Prefix, 0, len(texts))
	for _, text := range texts {
		if p, err := netip.ParsePrefix(text); err == nil {
			nets = append(nets, p)
		}
	}
	return nets
}
