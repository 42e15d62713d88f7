// Writes the reference of the Go package as a page of Markdown:
// `go run godoc.go FOLDER` prints it. Whatever is exported must have a comment.
package main

import (
	"bytes"
	"fmt"
	"go/ast"
	"go/doc"
	"go/doc/comment"
	"go/parser"
	"go/printer"
	"go/token"
	"log"
	"os"
	"path/filepath"
	"regexp"
	"strings"
)

const importPath = "ondes"

var (
	files   = token.NewFileSet()
	missing []string
	docLink = regexp.MustCompile(`\[([^\]]+)\]\(doclink:[^)]*\)`)
	escaped = regexp.MustCompile(`\\(.)`)
)

func main() {
	log.SetFlags(0)
	paths, err := filepath.Glob(filepath.Join(os.Args[1], "*.go"))
	if err != nil {
		log.Fatal(err)
	}
	var parsed []*ast.File
	for _, path := range paths {
		if strings.HasSuffix(path, "_test.go") {
			continue
		}
		file, err := parser.ParseFile(files, path, nil, parser.ParseComments)
		if err != nil {
			log.Fatal(err)
		}
		parsed = append(parsed, file)
	}
	pkg, err := doc.NewFromFiles(files, parsed, importPath)
	if err != nil {
		log.Fatal(err)
	}

	fmt.Print("# Go reference\n\n", text(pkg, pkg.Doc), "\n")
	if len(pkg.Consts)+len(pkg.Vars) > 0 {
		fmt.Print("## Constants and variables\n\n")
		values(pkg, pkg.Consts)
		values(pkg, pkg.Vars)
	}
	fmt.Print("## Functions\n\n")
	functions(pkg, pkg.Funcs)
	fmt.Print("## Types\n\n")
	for _, t := range pkg.Types {
		fmt.Printf("### %s\n\n", t.Name)
		spec := t.Decl.Specs[0].(*ast.TypeSpec)
		object("type", t.Name, "type "+t.Name+parameters(spec), code(t.Decl)+text(pkg, t.Doc), t.Decl.Pos(), t.Doc)
		values(pkg, t.Consts)
		values(pkg, t.Vars)
		functions(pkg, t.Funcs)
		functions(pkg, t.Methods)
	}
	if len(missing) > 0 {
		log.Fatal("Exported names must have comments:\n", strings.Join(missing, "\n"))
	}
}

func functions(pkg *doc.Package, all []*doc.Func) {
	for _, f := range all {
		name := f.Name
		if f.Recv != "" {
			receiver, _, _ := strings.Cut(strings.TrimPrefix(f.Recv, "*"), "[")
			name = receiver + "." + name
		}
		f.Decl.Body = nil
		f.Decl.Doc = nil
		signature := strings.Join(strings.Fields(source(f.Decl)), " ")
		object("func", name, signature, text(pkg, f.Doc), f.Decl.Pos(), f.Doc)
	}
}

// A group of constants or variables is one piece of code under one comment, or each has its own.
func values(pkg *doc.Package, all []*doc.Value) {
	for _, v := range all {
		kind := v.Decl.Tok.String()
		for _, spec := range v.Decl.Specs {
			if value := spec.(*ast.ValueSpec); v.Doc == "" && value.Doc == nil && value.Comment == nil {
				say(value.Pos(), value.Names[0].Name)
			}
		}
		object(kind, strings.Join(v.Names, " "), kind+" "+strings.Join(v.Names, ", "), code(v.Decl)+text(pkg, v.Doc), v.Decl.Pos(), "-")
	}
}

// A directive of golang.py's: what is found by the search, and linked to.
func object(kind, names, signature, body string, at token.Pos, comment string) {
	if comment == "" {
		say(at, names)
	}
	fmt.Printf("::::{go:%s} %s\n:names: %s\n\n%s::::\n\n", kind, signature, names, body)
}

func say(at token.Pos, name string) {
	missing = append(missing, fmt.Sprintf("%s: %s", files.Position(at), name))
}

func parameters(spec *ast.TypeSpec) string {
	if spec.TypeParams == nil {
		return ""
	}
	var names []string
	for _, field := range spec.TypeParams.List {
		for _, name := range field.Names {
			names = append(names, name.Name+" "+source(field.Type))
		}
	}
	return "[" + strings.Join(names, ", ") + "]"
}

func source(node any) string {
	var out bytes.Buffer
	config := printer.Config{Mode: printer.UseSpaces | printer.TabIndent, Tabwidth: 4}
	if err := config.Fprint(&out, files, node); err != nil {
		log.Fatal(err)
	}
	return out.String()
}

func code(decl *ast.GenDecl) string {
	decl.Doc = nil
	return "```go\n" + source(&printer.CommentedNode{Node: decl, Comments: nil}) + "\n```\n\n"
}

func text(pkg *doc.Package, comments string) string {
	if comments == "" {
		return ""
	}
	out := pkg.Printer()
	out.HeadingLevel = 2
	out.HeadingID = func(*comment.Heading) string { return "" }
	out.DocLinkURL = func(*comment.DocLink) string { return "doclink:" }
	markdown := string(out.Markdown(pkg.Parser().Parse(comments)))
	// Between backticks nothing is escaped: [*Error] comes as \*Error.
	return fenced(docLink.ReplaceAllStringFunc(markdown, func(link string) string {
		return "`" + escaped.ReplaceAllString(docLink.FindStringSubmatch(link)[1], "$1") + "`"
	})) + "\n"
}

// Indented code as a block that says that it is Go.
func fenced(markdown string) string {
	var out strings.Builder
	inside := false
	for _, paragraph := range strings.Split(markdown, "\n\n") {
		isCode := strings.HasPrefix(paragraph, "\t")
		if isCode != inside {
			out.WriteString(map[bool]string{true: "```go\n", false: "```\n\n"}[isCode])
		}
		inside = isCode
		if isCode {
			paragraph = strings.ReplaceAll(strings.TrimPrefix(paragraph, "\t"), "\n\t", "\n")
		}
		out.WriteString(strings.TrimSuffix(paragraph, "\n") + "\n")
		if !isCode {
			out.WriteString("\n")
		}
	}
	if inside {
		out.WriteString("```\n")
	}
	return out.String()
}
