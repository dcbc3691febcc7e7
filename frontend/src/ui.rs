//! The small parts every page is made of: icons, state marks, dialogs, menus, toasts, words for numbers. No data access.

pub mod agree;
pub mod ask;
pub mod clock;
pub mod dialog;
pub mod form_dialog;
pub mod format;
pub mod icon;
pub mod later;
pub mod menu;
pub mod next_page;
pub mod notice;
pub mod pause;
pub mod state_mark;
pub mod thumbnail;
pub mod toast;
