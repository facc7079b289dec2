package githubsim

import (
	"encoding/base64"
	"encoding/binary"
	"strings"
)

// Node ids have GitHub's present form: a prefix naming the type and a base64url MessagePack array of
// database ids, for a commit [0, repository id, SHA].
// https://docs.github.com/graphql/guides/migrating-graphql-global-node-ids

func nodeID(prefix string, ids ...int64) string {
	packed := []byte{0x90 | byte(len(ids)+1), 0}
	for _, id := range ids {
		packed = packInteger(packed, id)
	}
	return prefix + "_" + base64.RawURLEncoding.EncodeToString(packed)
}

func packInteger(b []byte, n int64) []byte {
	if n <= 0xffffffff {
		return binary.BigEndian.AppendUint32(append(b, 0xce), uint32(n))
	}
	return binary.BigEndian.AppendUint64(append(b, 0xcf), uint64(n))
}

const commitNodePrefix = "C_"

// CommitNodeID is the node id of a commit, which GraphQL calls id and REST node_id.
func CommitNodeID(repositoryID int64, sha string) string {
	return string(appendCommitNodeID(nil, repositoryID, sha))
}

// appendCommitNodeID is on the path of every listed commit, so it works without allocating.
func appendCommitNodeID(b []byte, repositoryID int64, sha string) []byte {
	var packed [64]byte
	p := append(packInteger(append(packed[:0], 0x93, 0), repositoryID), 0xd9, byte(len(sha)))
	p = append(p, sha...)
	return base64.RawURLEncoding.AppendEncode(append(b, commitNodePrefix...), p)
}

// parseCommitNodeID reverses CommitNodeID.
func parseCommitNodeID(id string) (repositoryID int64, sha string, ok bool) {
	encoded, found := strings.CutPrefix(id, commitNodePrefix)
	packed, err := base64.RawURLEncoding.DecodeString(encoded)
	if !found || err != nil || len(packed) < 4 || packed[0] != 0x93 || packed[1] != 0 {
		return 0, "", false
	}
	switch packed[2] {
	case 0xce:
		if len(packed) < 7 {
			return 0, "", false
		}
		repositoryID, packed = int64(binary.BigEndian.Uint32(packed[3:])), packed[7:]
	case 0xcf:
		if len(packed) < 11 {
			return 0, "", false
		}
		repositoryID, packed = int64(binary.BigEndian.Uint64(packed[3:])), packed[11:]
	default:
		return 0, "", false
	}
	if len(packed) < 2 || packed[0] != 0xd9 || int(packed[1]) != len(packed)-2 {
		return 0, "", false
	}
	return repositoryID, string(packed[2:]), true
}
