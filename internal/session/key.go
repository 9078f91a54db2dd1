package session

import (
	"crypto/rand"
	"encoding/base32"
	"encoding/base64"
	"encoding/binary"
	"fmt"
	"strconv"
	"strings"

	"github.com/outcrop/outcrop/internal/arn"
	"github.com/outcrop/outcrop/internal/identity"
)

// keyPrefix begins the id of every temporary access key.
const keyPrefix = "ASIA"

// An access key's id tells its account, as AWS's ids do: of the 80 bits behind the prefix, written in base32, the second
// up to the 41st are the account's number. All others are random.
const (
	idBytes      = 10
	accountShift = 80 - 41
	accountBits  = 40
)

// NewKey draws a key pair of an account: an id of 20 characters, a secret of 40.
func NewKey(account arn.Account) (identity.AccessKey, error) {
	number, err := strconv.ParseUint(string(account), 10, accountBits)
	if err != nil {
		return identity.AccessKey{}, fmt.Errorf("cannot make a key for the account %q: its id is not a number of 12 digits", account)
	}
	var id [idBytes]byte
	var secret [30]byte
	rand.Read(id[:]) // never fails
	rand.Read(secret[:])
	const mask = uint64(1<<accountBits-1) << (accountShift - 16) // in the first eight bytes
	head := binary.BigEndian.Uint64(id[:8])
	binary.BigEndian.PutUint64(id[:8], head&^mask|number<<(accountShift-16))
	return identity.AccessKey{
		ID:     keyPrefix + base32.StdEncoding.EncodeToString(id[:]),
		Secret: identity.NewSecret(base64.StdEncoding.EncodeToString(secret[:])),
	}, nil
}

// Account is the account in the id of a temporary access key. It reports false for ids of another form.
func Account(keyID string) (arn.Account, bool) {
	text, ok := strings.CutPrefix(keyID, keyPrefix)
	if !ok {
		return "", false
	}
	id, err := base32.StdEncoding.DecodeString(text)
	if err != nil || len(id) != idBytes {
		return "", false
	}
	number := binary.BigEndian.Uint64(id[:8]) >> (accountShift - 16) & (1<<accountBits - 1)
	account := fmt.Sprintf("%012d", number)
	return arn.Account(account), len(account) == 12
}
