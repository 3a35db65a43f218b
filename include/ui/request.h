/*
 * What is to be done after a key: what the screen asks of the loop that drives it.
 */
#ifndef STOP_UI_REQUEST_H
#define STOP_UI_REQUEST_H

enum ui_request {
	UI_REQUEST_NONE,        /* nothing: the key was not for anybody */
	UI_REQUEST_REDRAW,      /* draw: what is shown has changed, the report has not */
	UI_REQUEST_REPORT,      /* make a report for the view, which has changed; then draw */
	UI_REQUEST_REPAINT,     /* draw, and send every cell anew */
	UI_REQUEST_SNAPSHOT,    /* write one, and say where with screen_message() */
	UI_REQUEST_SAVE_STACKS, /* write the stacks that are shown, and say where */
	UI_REQUEST_MARK,        /* count from now, or from the beginning again */
	UI_REQUEST_SIGNAL,      /* send the signal of screen_request(), and say so */
	UI_REQUEST_SETTINGS,    /* use screen_settings() from now on */
	UI_REQUEST_SAVE,        /* the same, and write them where they are found the next time */
	UI_REQUEST_SUSPEND,     /* as the shell's ^Z */
	UI_REQUEST_QUIT,        /* leave; a command that was started goes on */
	UI_REQUEST_END,         /* end the command that was started, then leave */
};

#endif
