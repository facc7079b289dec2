package main

import (
	"bufio"
	"encoding/binary"
	"errors"
	"io"
	"net"
	"net/url"
	"sync/atomic"
)

// statements counts what clients let a Postgres execute: it stands between them and
// reads along. A transaction's BEGIN and COMMIT are statements too.
type statements struct {
	listener net.Listener
	server   string
	counted  atomic.Int64
}

// countStatements stands before the server at a URL, and returns the URL that clients
// are to use. Nothing is encrypted on the way.
func countStatements(server string) (*statements, string, error) {
	u, err := url.Parse(server)
	if err != nil {
		return nil, "", err
	}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, "", err
	}
	s := &statements{listener: listener, server: u.Host}
	u.Host = listener.Addr().String()
	go s.serve()
	return s, u.String(), nil
}

func (s *statements) Close() error { return s.listener.Close() }

func (s *statements) serve() {
	for {
		client, err := s.listener.Accept()
		if err != nil {
			return
		}
		go s.pass(client)
	}
}

func (s *statements) pass(client net.Conn) {
	defer client.Close()
	server, err := net.Dial("tcp", s.server)
	if err != nil {
		return
	}
	defer server.Close()
	go func() {
		_, _ = io.Copy(client, server) // until either side ends
		_ = client.Close()
	}()
	_ = s.read(bufio.NewReader(client), server)
}

// The messages that let a server execute something.
// https://www.postgresql.org/docs/current/protocol-message-formats.html
const (
	simpleQuery = 'Q'
	execute     = 'E'
)

// read passes a client's messages on and counts. The first has no kind, only a length.
func (s *statements) read(client *bufio.Reader, server io.Writer) error {
	for kind := 0; ; kind = 1 {
		head, err := client.Peek(kind + 4)
		if err != nil {
			return err
		}
		if kind == 1 && (head[0] == simpleQuery || head[0] == execute) {
			s.counted.Add(1)
		}
		length := kind + int(binary.BigEndian.Uint32(head[kind:]))
		if length < kind+4 {
			return errors.New("no message of Postgres")
		}
		if _, err := io.CopyN(server, client, int64(length)); err != nil {
			return err
		}
	}
}
