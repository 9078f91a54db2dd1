// Package cohere reads and writes the bodies of Cohere's models: Command, Command R, Embed, and Rerank with its like from Amazon.
package cohere
