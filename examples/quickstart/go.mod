module quickstart

go 1.24

require ondes v0.0.0

replace ondes => ../../bindings/go
