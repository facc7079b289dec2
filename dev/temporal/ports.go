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

// listen refuses anything but loopback: whoever reaches these ports can read
// and end every workflow.
func listen(address, flag string) (net.Listener, error) {
	resolved, err := net.ResolveTCPAddr("tcp", address)
	if err != nil {
		return nil, fmt.Errorf("--%s: %w", flag, err)
	}
	if !resolved.IP.IsLoopback() {
		return nil, fmt.Errorf("--%s: %s is not a loopback address such as 127.0.0.1:7233", flag, address)
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
	first, err := listen(frontend, AddressFlag)
	if err != nil {
		return p, err
	}
	defer first.Close()
	p.frontend = first.Addr().String()
	anyPort := net.JoinHostPort(first.Addr().(*net.TCPAddr).IP.String(), "0")
	for _, address := range []*string{&p.history, &p.matching, &p.worker} {
		listener, err := listen(anyPort, AddressFlag)
		if err != nil {
			return p, err
		}
		defer listener.Close()
		*address = listener.Addr().String()
	}
	return p, nil
}
