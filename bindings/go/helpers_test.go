package ondes_test

const testData = "../../tests/data"
