/*
 * The grammar of the .net language. README.md in this folder says how the parser is made from it.
 *
 * Precedence, from loose to tight; operators of one line associate to the left unless it says otherwise:
 *
 *     if c then a else b      reaches as far to the right as possible; as an operand it needs brackets
 *     |>                      x |> f(a) is f(x, a), x |> f is f(x); what follows is a layer or a call, not an operator
 *     or
 *     and
 *     not                     prefix
 *     == != < <= > >=         do not chain: write a < b and b < c
 *     ..                      a .. b counts from a up to, not including, b; not associative
 *     + -
 *     * / % @                 @ is the matrix product
 *     - +                     prefix; -x ** 2 is -(x ** 2), as in Python
 *     **                      to the right: 2 ** 3 ** 2 is 2 ** (3 ** 2); 2 ** -1 needs no brackets
 *     f(a) x[i] a.b           calls, indices, members
 *
 * Contextual words. These are keywords only where the comment says so, and names everywhere else, so that a layer may have
 * an argument called 'state'. TokenScanner decides it before parsing and gives the token its type:
 *
 *     namespace network layer optimizer use            at the start of a declaration
 *     input param state function check weights         at the start of a statement
 *     minimizing over with clipping scaling            after the end of an expression
 *     updates from                                     after the end of an expression
 *     gradient                                         between a layer's '}' and a '('
 *     reverse                                          after 'scan', before the name of its first sequence
 *
 * The grammar is LL(1) on purpose: every decision is one look at the next token, so parsing is fast, nothing depends on
 * SLL against full LL, and an error is found at the first token that is wrong. What a grammar of this kind cannot say
 * (a name before ':' in an argument, no chain of comparisons) is checked when the tree is built, with better messages.
 */
grammar Net;

// Contextual words: matched as IDENTIFIER, retyped by TokenScanner.
tokens {
    NAMESPACE, NETWORK, LAYER, OPTIMIZER, USE, INPUT, PARAM, STATE, FUNCTION, CHECK, WEIGHTS,
    MINIMIZING, OVER, WITH, CLIPPING, SCALING, UPDATES, FROM, GRADIENT, REVERSE
}

// Declarations

compilationUnit
    : declaration* EOF
    ;

declaration
    : useDirective
    | namespaceDirective
    | networkDeclaration
    | layerDeclaration
    | optimizerDeclaration
    ;

useDirective
    : USE STRING ';'
    ;

namespaceDirective
    : NAMESPACE IDENTIFIER ('.' IDENTIFIER)* ';'
    ;

networkDeclaration
    : NETWORK IDENTIFIER ('=' expression ';' | parameterList? block)
    ;

layerDeclaration
    : LAYER IDENTIFIER parameterList block gradientClause?
    ;

gradientClause
    : GRADIENT parameterList block
    ;

optimizerDeclaration
    : OPTIMIZER IDENTIFIER parameterList? 'for' IDENTIFIER ',' IDENTIFIER block
    ;

parameterList
    : '(' (parameter (',' parameter)*)? ')'
    ;

parameter
    : IDENTIFIER (':' type)? ('=' expression)?
    ;

// Statements. Which of them may stand in a network, a layer, an optimizer, a scan or updates is checked on the tree.

block
    : '{' statement* '}'
    ;

statement
    : variableDeclaration
    | functionDeclaration
    | ifStatement
    | forStatement
    | returnStatement
    | yieldStatement
    | checkStatement
    | weightsStatement
    | valueStatement
    ;

variableDeclaration
    : (INPUT | PARAM | STATE) IDENTIFIER (',' IDENTIFIER)* (':' type)? ('=' expression)? ';'
    ;

type
    : IDENTIFIER ('[' (dimension (',' dimension)*)? ']')?
    ;

dimension
    : '...'
    | expression (':' expression)?
    ;

// The ';' may be left out after the '}' of updates.
functionDeclaration
    : FUNCTION IDENTIFIER parameterList ('->' item)? minimizeClause* functionEnd
    ;

functionEnd
    : ';'
    | updatesClause (minimizeClause* ';')?
    ;

minimizeClause
    : MINIMIZING expression (optimizeGroup | clippingClause | scalingClause)*
    ;

optimizeGroup
    : (OVER expression (',' expression)*)? WITH expression
    ;

clippingClause
    : CLIPPING expression
    ;

scalingClause
    : SCALING expression
    ;

updatesClause
    : UPDATES block
    ;

ifStatement
    : 'if' expression block ('else' (ifStatement | block))?
    ;

forStatement
    : 'for' IDENTIFIER 'in' expression block
    ;

returnStatement
    : 'return' expression (',' expression)* ';'
    ;

yieldStatement
    : 'yield' expression (',' expression)* ';'
    ;

// The second expression is the message for when the first does not hold.
checkStatement
    : CHECK expression (':' type | ',' expression)? ';'
    ;

weightsStatement
    : WEIGHTS STRING ';'
    ;

// 'h, c = f(x);' binds, 'error: 1e-4;' sets. A value alone is an error that the tree reports.
valueStatement
    : pipeline (',' pipeline)* (('=' | ':') expression)? ';'
    ;

// Expressions

expression
    : conditional
    | pipeline
    ;

conditional
    : 'if' expression 'then' expression 'else' expression
    ;

pipeline
    : disjunction ('|>' disjunction)*
    ;

disjunction
    : conjunction ('or' conjunction)*
    ;

conjunction
    : negation ('and' negation)*
    ;

negation
    : 'not' negation
    | comparison
    ;

comparison
    : range (('==' | '!=' | '<' | '<=' | '>' | '>=') range)*
    ;

range
    : sum ('..' sum)?
    ;

sum
    : product (('+' | '-') product)*
    ;

product
    : sign (('*' | '/' | '%' | '@') sign)*
    ;

sign
    : ('-' | '+') sign
    | power
    ;

power
    : postfix ('**' sign)?
    ;

postfix
    : primary (arguments | index | member)*
    ;

arguments
    : '(' (item (',' item)*)? ')'
    ;

// An argument, a result of a function or a value in brackets; with a name in 'kernel: 5'.
item
    : expression (':' expression)?
    ;

index
    : '[' indexItem (',' indexItem)* ']'
    ;

indexItem
    : '...'
    | expression slice?
    | slice
    ;

slice
    : ':' expression? (':' expression?)?
    ;

member
    : '.' IDENTIFIER
    ;

primary
    : IDENTIFIER
    | NUMBER
    | STRING
    | 'true'
    | 'false'
    | group
    | list
    | scan
    ;

// Several values in brackets are the results of a function, and nothing else.
group
    : '(' item (',' item)* ')'
    ;

// '[dense(64), relu]', or '[dense(width) for width in [64, 32]]'.
list
    : '[' (expression (comprehension | (',' expression)*))? ']'
    ;

comprehension
    : 'for' IDENTIFIER 'in' expression
    ;

scan
    : 'scan' REVERSE? scanSequence (',' scanSequence)* (FROM scanCarry (',' scanCarry)*)? block
    ;

scanSequence
    : IDENTIFIER 'in' expression
    ;

scanCarry
    : IDENTIFIER ('=' expression)?
    ;

// Tokens

IF      : 'if';
THEN    : 'then';
ELSE    : 'else';
FOR     : 'for';
IN      : 'in';
RETURN  : 'return';
YIELD   : 'yield';
SCAN    : 'scan';
AND     : 'and';
OR      : 'or';
NOT     : 'not';
TRUE    : 'true';
FALSE   : 'false';

PIPE            : '|>';
ARROW           : '->';
ELLIPSIS        : '...';
RANGE           : '..';
DOT             : '.';
COMMA           : ',';
COLON           : ':';
SEMICOLON       : ';';
EQUAL           : '==';
NOT_EQUAL       : '!=';
LESS_OR_EQUAL   : '<=';
GREATER_OR_EQUAL: '>=';
LESS            : '<';
GREATER         : '>';
ASSIGN          : '=';
PLUS            : '+';
MINUS           : '-';
POWER           : '**';
STAR            : '*';
SLASH           : '/';
PERCENT         : '%';
AT              : '@';
OPEN_PAREN      : '(';
CLOSE_PAREN     : ')';
OPEN_BRACKET    : '[';
CLOSE_BRACKET   : ']';
OPEN_BRACE      : '{';
CLOSE_BRACE     : '}';

NUMBER
    : (Digits ('.' Digits)? | '.' Digits) ([eE] [+-]? Digits)? ([KMGT] 'B'?)?
    ;

// '5x', '1_', '2.0f': longer than the NUMBER at its start, so one token and one error.
MALFORMED_NUMBER
    : (Digits ('.' Digits)? | '.' Digits) ([eE] [+-]? Digits)? [A-Za-z_] [A-Za-z0-9_]*
    ;

IDENTIFIER
    : [A-Za-z_] [A-Za-z0-9_]*
    ;

STRING
    : '"' StringPart* '"'
    ;

UNTERMINATED_STRING
    : '"' StringPart* '\\'?
    ;

SINGLE_QUOTED
    : '\'' ~['\r\n]* '\''
    ;

// Operators of other languages: one token each, so that the message can name them.
FOREIGN_OPERATOR
    : '&&' | '||' | '!' | '&' | '|' | '^' | '~' | '?' | '=>' | '+=' | '-=' | '*=' | '/=' | '%=' | '@=' | '**='
    ;

DOC_COMMENT
    : '///' ~[\r\n]* -> channel(HIDDEN)
    ;

LINE_COMMENT
    : '//' ~[\r\n]* -> channel(HIDDEN)
    ;

BLOCK_COMMENT
    : '/*' .*? '*/' -> channel(HIDDEN)
    ;

// Shorter than any BLOCK_COMMENT, so it is met only where the comment has no end.
UNTERMINATED_COMMENT
    : '/*'
    ;

WHITESPACE
    : [ \t\r\n\f\uFEFF]+ -> skip
    ;

STRAY
    : .
    ;

fragment Digits
    : [0-9] ('_'* [0-9])*
    ;

fragment StringPart
    : ~["\\\r\n]
    | '\\' ~[\r\n]
    ;
