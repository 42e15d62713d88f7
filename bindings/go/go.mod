module ondes

go 1.24
