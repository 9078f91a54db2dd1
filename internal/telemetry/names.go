package telemetry

// The names of OpenTelemetry's GenAI conventions, as of version 1.41 of the semantic conventions. The area is still in
// development, so they stand here and nowhere else.
const (
	providerName      = "gen_ai.provider.name"
	operationName     = "gen_ai.operation.name"
	requestModel      = "gen_ai.request.model"
	requestMaxTokens  = "gen_ai.request.max_tokens"
	requestTemp       = "gen_ai.request.temperature"
	requestTopP       = "gen_ai.request.top_p"
	requestTopK       = "gen_ai.request.top_k"
	requestStop       = "gen_ai.request.stop_sequences"
	requestStream     = "gen_ai.request.stream"
	responseModel     = "gen_ai.response.model"
	responseFinish    = "gen_ai.response.finish_reasons"
	responseFirst     = "gen_ai.response.time_to_first_chunk"
	usageInput        = "gen_ai.usage.input_tokens" // cached tokens included
	usageOutput       = "gen_ai.usage.output_tokens"
	usageCacheRead    = "gen_ai.usage.cache_read.input_tokens"
	usageCacheCreated = "gen_ai.usage.cache_creation.input_tokens"
)

// Names of the general conventions.
const (
	errorType   = "error.type"
	statusCode  = "http.response.status_code"
	rpcSystem   = "rpc.system"
	rpcService  = "rpc.service"
	rpcMethod   = "rpc.method"
	requestID   = "aws.request_id"
	cloudRegion = "cloud.region" // of a call the source region, of an attempt its own
	serviceName = "service.name"
	serviceVer  = "service.version"
)

// Names of our own, for what the conventions have no word for.
const (
	servedRegion = "outcrop.region"
	routeTaken   = "outcrop.route"
	attemptCount = "outcrop.attempts"
	profileID    = "outcrop.profile" // the application profile's id, else the cross-region profile's
	costUSD      = "outcrop.cost_usd"
	providedBy   = "outcrop.provider" // as the configuration names it
)

// System is what the GenAI conventions call the provider of everything served here: the value of gen_ai.provider.name.
const System = "aws.bedrock"

// The operations of the conventions, and one more.
const (
	chatting   = "chat"
	generating = "generate_content"
	embedding  = "embeddings"
	reranking  = "rerank"
)
