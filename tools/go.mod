module github.com/outcrop/outcrop/tools

go 1.26.0
