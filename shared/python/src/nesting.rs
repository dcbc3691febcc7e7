//! How deep a source nests, from its tokens alone: the parser recurses with it, and so does freeing its tree, and a
//! stack that runs out cannot be caught. No grammar is checked here.

use rustpython_ruff_python_ast::token::TokenKind;
use rustpython_ruff_python_parser::{Mode, lexer::lex};

/// The deepest brackets or blocks that are read. Python itself stops at 200 brackets and 100 blocks.
pub(crate) const MAXIMUM_DEPTH: usize = 60;

/// The longest chain of operators, calls and attributes in one expression: each is one level of its tree.
const MAXIMUM_CHAIN: usize = 1000;

/// The most expressions on one logical line that open a level without a bracket, such as `not` and `lambda`.
const MAXIMUM_PREFIXES: usize = 60;

/// Whether reading `source` could need more stack than there is.
pub(crate) fn too_deep(source: &str) -> bool {
    let mut lexer = lex(source, Mode::Module);
    // One chain for each open bracket, and one for the line.
    let mut chains = vec![0_usize];
    let (mut blocks, mut prefixes) = (0_usize, 0_usize);
    loop {
        match lexer.next_token() {
            TokenKind::EndOfFile => return false,
            TokenKind::Newline => {
                chains = vec![0];
                prefixes = 0;
            }
            TokenKind::Indent => blocks += 1,
            TokenKind::Dedent => blocks = blocks.saturating_sub(1),
            TokenKind::Lpar
            | TokenKind::Lsqb
            | TokenKind::Lbrace
            | TokenKind::FStringStart
            | TokenKind::TStringStart => {
                count(&mut chains);
                chains.push(0);
            }
            TokenKind::Rpar | TokenKind::Rsqb | TokenKind::Rbrace | TokenKind::FStringEnd | TokenKind::TStringEnd
                if chains.len() > 1 =>
            {
                chains.pop();
            }
            TokenKind::Comma | TokenKind::Semi => {
                if let Some(chain) = chains.last_mut() {
                    *chain = 0;
                }
            }
            TokenKind::Lambda
            | TokenKind::Not
            | TokenKind::Await
            | TokenKind::Yield
            | TokenKind::Else
            | TokenKind::DoubleStar
            | TokenKind::Tilde
            | TokenKind::ColonEqual => prefixes += 1,
            kind if kind == TokenKind::Dot || kind.is_operator() => count(&mut chains),
            _ => {}
        }
        let chain: usize = chains.iter().sum();
        if chains.len() > MAXIMUM_DEPTH
            || blocks > MAXIMUM_DEPTH
            || chain > MAXIMUM_CHAIN
            || prefixes > MAXIMUM_PREFIXES
        {
            return true;
        }
    }
}

fn count(chains: &mut [usize]) {
    if let Some(chain) = chains.last_mut() {
        *chain += 1;
    }
}
