package temporal

import (
	"errors"
	"fmt"
	"net"
	"syscall"
)

// AddressFlag and UIAddressFlag are the flags by which commands let people
// choose another port; a *PortError names the one that helps.
const (
	AddressFlag   = "temporal-address"
	UIAddressFlag = "temporal-ui-address"
)

// PortError is an address that another process listens on.
type PortError struct {
	Address string
	Flag    string // without dashes
}

func (e *PortError) Error() string {
	return fmt.Sprintf("%s is in use by another process; choose another with --%s 127.0.0.1:PORT (port 0 is any free one)", e.Address, e.Flag)
}

// LoopbackError is an address that other machines could reach.
type LoopbackError struct {
	Address string
	Flag    string // without dashes
}

func (e *LoopbackError) Error() string {
	return fmt.Sprintf("%s would serve other machines, and this command asks nobody for a token; choose a loopback address with --%s 127.0.0.1:PORT", e.Address, e.Flag)
}

// Loopback resolves an address to listen on. It returns a *LoopbackError for
// anything but loopback, such as every address of this machine.
func Loopback(address, flag string) (*net.TCPAddr, error) {
	resolved, err := net.ResolveTCPAddr("tcp", address)
	if err != nil {
		return nil, fmt.Errorf("--%s: %w", flag, err)
	}
	if !resolved.IP.IsLoopback() {
		return nil, &LoopbackError{address, flag}
	}
	return resolved, nil
}

// Listen listens on loopback only: who reaches these ports can read and end
// every workflow.
func Listen(address, flag string) (net.Listener, error) {
	resolved, err := Loopback(address, flag)
	if err != nil {
		return nil, err
	}
	listener, err := net.ListenTCP("tcp", resolved)
	if errors.Is(err, syscall.EADDRINUSE) {
		return nil, &PortError{Address: address, Flag: flag}
	}
	if err != nil {
		return nil, fmt.Errorf("--%s: %w", flag, err)
	}
	return listener, nil
}

// ports are the addresses of Temporal's four services.
type ports struct{ frontend, history, matching, worker string }

// choosePorts finds ports for all services by holding them at the same time,
// so that they differ, and frees them for Temporal.
func choosePorts(frontend string) (ports, error) {
	var p ports
	first, err := Listen(frontend, AddressFlag)
	if err != nil {
		return p, err
	}
	defer first.Close()
	p.frontend = first.Addr().String()
	anyPort := net.JoinHostPort(first.Addr().(*net.TCPAddr).IP.String(), "0")
	for _, address := range []*string{&p.history, &p.matching, &p.worker} {
		listener, err := Listen(anyPort, AddressFlag)
		if err != nil {
			return p, err
		}
		defer listener.Close()
		*address = listener.Addr().String()
	}
	return p, nil
}
