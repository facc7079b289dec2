package store

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/hkdf"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"tributary/private"
)

var (
	// ErrNoKeys means that the store was opened without a key ring.
	ErrNoKeys = errors.New("no secret keys are configured")
	// ErrUnknownKey means that a secret was sealed with a key that is not in the ring.
	ErrUnknownKey = errors.New("secret is sealed with a key that is not configured: add the key that was used before to the end of the key list, or enter the credential again")
	// ErrDamaged means that the right key does not open a secret: its text was changed, or is another row's.
	ErrDamaged = errors.New("sealed secret is damaged or was moved to another row: enter the credential again")
)

const keySize = 32

// Keyring seals secrets with its first key and opens them with any. What the
// database holds opens nothing without it.
type Keyring struct {
	first string // id of the key that seals
	keys  map[string]cipher.AEAD
}

// NewKeyring takes keys of 32 bytes. To replace a key, put the new one first,
// run RotateSecrets, then drop the old one.
func NewKeyring(keys ...[]byte) (*Keyring, error) {
	if len(keys) == 0 {
		return nil, ErrNoKeys
	}
	ring := &Keyring{keys: make(map[string]cipher.AEAD, len(keys))}
	for i, key := range keys {
		if len(key) != keySize {
			return nil, fmt.Errorf("secret key %d has %d bytes instead of %d", i+1, len(key), keySize)
		}
		id, aead, err := derive(key)
		if err != nil {
			return nil, err
		}
		ring.keys[id] = aead
		if i == 0 {
			ring.first = id
		}
	}
	return ring, nil
}

// derive keeps the configured key itself out of the cipher, so that a name for
// it can be derived too and stored openly.
func derive(key []byte) (id string, aead cipher.AEAD, err error) {
	name, err := hkdf.Key(sha256.New, key, nil, "tributary key id", 6)
	if err != nil {
		return "", nil, err
	}
	sealing, err := hkdf.Key(sha256.New, key, nil, "tributary sealed secrets", keySize)
	if err != nil {
		return "", nil, err
	}
	block, err := aes.NewCipher(sealing)
	if err != nil {
		return "", nil, err
	}
	aead, err = cipher.NewGCMWithRandomNonce(block)
	return base64.RawURLEncoding.EncodeToString(name), aead, err
}

// ParseKeyring reads keys in base64, one per line; empty lines and lines that
// begin with # say nothing. Errors name the line, never its content.
func ParseKeyring(lines string) (*Keyring, error) {
	var keys [][]byte
	number := 0
	for line := range strings.Lines(lines) {
		number++
		line = strings.TrimSpace(line)
		if line == "" || line[0] == '#' {
			continue
		}
		key, err := base64.StdEncoding.DecodeString(line)
		if err != nil || len(key) != keySize {
			return nil, fmt.Errorf("secret keys, line %d: not %d bytes in base64 (make one with: openssl rand -base64 32)", number, keySize)
		}
		keys = append(keys, key)
	}
	return NewKeyring(keys...)
}

// LoadKeyring reads a file for ParseKeyring.
func LoadKeyring(path string) (*Keyring, error) {
	lines, err := os.ReadFile(path)
	if err != nil {
		return nil, fmt.Errorf("secret keys: %w", err)
	}
	return ParseKeyring(string(lines))
}

// LoadOrCreateKeyFile is LoadKeyring for a machine where nobody has made a key
// yet. The file can be read by its owner only.
func LoadOrCreateKeyFile(path string) (*Keyring, error) {
	if _, err := os.Stat(path); errors.Is(err, fs.ErrNotExist) {
		if err := createKeyFile(path); err != nil {
			return nil, fmt.Errorf("secret keys: %w", err)
		}
	}
	if err := private.File(path); err != nil {
		return nil, fmt.Errorf("secret keys: %w", err)
	}
	return LoadKeyring(path)
}

// createKeyFile links a file that is complete: of two processes that start at
// once, both use the key of the first.
func createKeyFile(path string) error {
	key := make([]byte, keySize)
	if _, err := rand.Read(key); err != nil {
		return err
	}
	file, err := os.CreateTemp(filepath.Dir(path), ".keys-*") // mode 0600
	if err != nil {
		return err
	}
	defer os.Remove(file.Name())
	_, err = fmt.Fprintln(file, base64.StdEncoding.EncodeToString(key))
	if err := errors.Join(err, file.Close()); err != nil {
		return err
	}
	if err := os.Link(file.Name(), path); !errors.Is(err, fs.ErrExist) {
		return err
	}
	return nil
}

// The sealed form is v1.KEY_ID.BASE64. The place (table.column.id) is bound in,
// so that a sealed secret copied to another row opens nothing.
func (k *Keyring) seal(place string, secret Secret) (string, error) {
	if k == nil {
		return "", ErrNoKeys
	}
	sealed := k.keys[k.first].Seal(nil, nil, []byte(secret), []byte(place))
	return "v1." + k.first + "." + base64.RawURLEncoding.EncodeToString(sealed), nil
}

func (k *Keyring) open(place, sealed string) (Secret, error) {
	if k == nil {
		return "", ErrNoKeys
	}
	version, rest, _ := strings.Cut(sealed, ".")
	id, body, _ := strings.Cut(rest, ".")
	aead, known := k.keys[id]
	if version == "v1" && !known {
		return "", ErrUnknownKey
	}
	raw, err := base64.RawURLEncoding.DecodeString(body)
	if version != "v1" || err != nil {
		return "", ErrDamaged
	}
	secret, err := aead.Open(nil, nil, raw, []byte(place))
	if err != nil {
		return "", ErrDamaged
	}
	return Secret(secret), nil
}

// stale reports whether a secret was sealed with another key than the first.
func (k *Keyring) stale(sealed string) bool {
	return !strings.HasPrefix(sealed, "v1."+k.first+".")
}
