// Package storage is a stand-in for the client of Google Cloud Storage, which makes no client.
//
// Temporal's server can archive histories there. Ours archives nothing, and the real package compiles an Envoy control plane,
// Google's monitoring and most of gRPC beside what is used of it. Without a client there is nothing to call the rest on:
// the server only needs it to compile.
package storage

import (
	"context"
	"errors"
)

const ScopeFullControl = "https://www.googleapis.com/auth/devstorage.full_control"

var errNotPartOfThisBuild = errors.New("Google Cloud Storage is not part of this build of Temporal's server")

type (
	Client         struct{}
	BucketHandle   struct{}
	ObjectHandle   struct{}
	ObjectIterator struct{}
	Writer         struct{}
	Reader         struct{}
	BucketAttrs    struct{}
	ObjectAttrs    struct{ Name string }
	Query          struct{ Prefix string }
)

// NewClient takes its options as any: their type comes with the SDK.
func NewClient(context.Context, ...any) (*Client, error) { return nil, errNotPartOfThisBuild }

func (*Client) Bucket(string) *BucketHandle { return nil }

func (*BucketHandle) Object(string) *ObjectHandle                     { return nil }
func (*BucketHandle) Objects(context.Context, *Query) *ObjectIterator { return nil }
func (*BucketHandle) Attrs(context.Context) (*BucketAttrs, error)     { return nil, errNotPartOfThisBuild }
func (*ObjectIterator) Next() (*ObjectAttrs, error)                   { return nil, errNotPartOfThisBuild }
func (*ObjectHandle) Attrs(context.Context) (*ObjectAttrs, error)     { return nil, errNotPartOfThisBuild }
func (*ObjectHandle) NewReader(context.Context) (*Reader, error)      { return nil, errNotPartOfThisBuild }
func (*ObjectHandle) NewWriter(context.Context) *Writer               { return nil }
func (*Reader) Read([]byte) (int, error)                              { return 0, errNotPartOfThisBuild }
func (*Reader) Close() error                                          { return errNotPartOfThisBuild }
func (*Writer) Write([]byte) (int, error)                             { return 0, errNotPartOfThisBuild }
func (*Writer) Close() error                                          { return errNotPartOfThisBuild }
func (*Writer) CloseWithError(error) error                            { return errNotPartOfThisBuild }
