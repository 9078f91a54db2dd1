package chat

// EventKind says what happened in a streamed answer.
type EventKind uint8

// The events of a stream, in the order Converse sends them:
// MessageStart, then for each block BlockStart (tool uses only), BlockDelta…, BlockStop,
// then MessageStop, then Metadata.
const (
	MessageStart EventKind = iota
	BlockStart
	BlockDelta
	BlockStop
	MessageStop
	Metadata
)

// Event is one step of a streamed answer. Which fields count depends on Kind; a stream may reuse
// the Event it returns, so a reader that keeps one must copy it.
type Event struct {
	Kind EventKind

	// Index numbers the content block: BlockStart, BlockDelta, BlockStop.
	Index int
	// Block is the kind of the content block: BlockStart, BlockDelta, BlockStop.
	Block BlockKind
	// ID is the tool use's id (BlockStart), or the model's message id (MessageStart) when it has one.
	ID string
	// Name is the tool's name (BlockStart).
	Name string
	// Text is what a BlockDelta adds: text, reasoning text, or a fragment of a tool's JSON input.
	Text string
	// Signature and Redacted are the other two deltas of a ReasoningBlock.
	Signature string
	Redacted  []byte

	// Stop and StopSequence belong to MessageStop.
	Stop         StopReason
	StopSequence string

	// Usage belongs to Metadata. A MessageStart may carry the input side of it early.
	Usage Usage

	// Native is the event's payload in the dialect of the request, when that was passed on. It is what
	// the caller gets; the other fields say only what of it concerns metering and routing. NativeType
	// is the event's name where the payload does not carry it (Converse: "contentBlockDelta"). In the
	// InvokeDialect "chunk" marks a payload that is Bedrock's envelope around the family's own chunk.
	// An event without a payload, in a stream that has them, says something that the caller has been told.
	Native     []byte
	NativeType string
	// Size is how many bytes of content a native BlockDelta adds, about: Text does not tell. It meters a
	// stream that ends before its usage.
	Size int
}

// IsContent reports whether the event carries something of the answer. Before the first such event
// a failed call may be tried elsewhere; after it the caller has seen part of an answer.
func (e *Event) IsContent() bool { return e.Kind == BlockStart || e.Kind == BlockDelta }
